import type { Accounts } from "../../accounts/accounts.ts";
import type { Actor, Changes, Plan } from "../../conversations/changes.ts";
import type { Conversations } from "../../conversations/conversations.ts";
import type { Views } from "../../conversations/views.ts";
import type { Messaging } from "../../messaging/messaging.ts";
import type { Caller } from "../session.ts";
import { granted, Refused, type Commands } from "./command.ts";

type Names =
  | "conversation"
  | "members"
  | "create"
  | "invite"
  | "join"
  | "leave"
  | "remove"
  | "role"
  | "rename"
  | "mute"
  | "dissolve";

/** Commands about conversations and who is in them. A change is a message: planned, sent through the pipeline, and true once committed. */
export function conversationCommands(deps: {
  accounts: Accounts;
  conversations: Conversations;
  changes: Changes;
  views: Views;
  messaging: Messaging;
}): Commands<Names> {
  const { accounts, conversations, changes, views, messaging } = deps;

  /** Plans and carries out a change, one at a time per conversation. */
  async function carryOut<P extends Plan>(
    conversation: string,
    plan: () => Promise<P>,
  ): Promise<Extract<P, { ok: true }>> {
    const done = conversations.exclusive.run(conversation, async () => {
      const planned = await plan();
      if (!planned.ok) throw new Refused(planned);
      for (const message of planned.messages)
        granted(await messaging.change(message, planned.conversation));
      return planned as Extract<P, { ok: true }>;
    });
    if (done === undefined) throw new Refused({ error: "busy", retryAfterMs: 500 });
    return done;
  }

  async function view(caller: Caller, id: string) {
    const [conversation] = await views.view(caller.user, [id]);
    if (conversation === undefined) throw new Refused({ error: "not_member" });
    return { conversation };
  }

  async function inviterOf(token: string, conversation: string): Promise<string> {
    const invitation = await accounts.invites.read(token);
    if (invitation.conversation === conversation) return invitation.inviter;
    throw new Refused({ error: "token_invalid", detail: "The link is for another conversation." });
  }

  const actor = ({ user, device }: Caller): Actor => ({ user, device });

  return {
    conversation: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        granted(await messaging.readable(params.conversation, caller.user));
        return view(caller, params.conversation);
      },
    },
    members: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        granted(await messaging.readable(params.conversation, caller.user));
        return views.members(params);
      },
    },
    create: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const plan = await changes.create(actor(caller), params);
        if (!plan.ok) throw new Refused(plan);
        for (const message of plan.messages) granted(await messaging.change(message, undefined));
        return view(caller, plan.id);
      },
    },
    invite: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const { added } = await carryOut(params.conversation, () =>
          changes.invite(actor(caller), params),
        );
        return { added: [...added] };
      },
    },
    join: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const inviter =
          params.token === undefined
            ? undefined
            : await inviterOf(params.token, params.conversation);
        await carryOut(params.conversation, () => changes.join(actor(caller), params, inviter));
        return view(caller, params.conversation);
      },
    },
    leave: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        await carryOut(params.conversation, () => changes.leave(actor(caller), params));
        return {};
      },
    },
    remove: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const { removed } = await carryOut(params.conversation, () =>
          changes.remove(actor(caller), params),
        );
        return { removed: [...removed] };
      },
    },
    role: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        await carryOut(params.conversation, () => changes.role(actor(caller), params));
        return {};
      },
    },
    rename: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        await carryOut(params.conversation, () => changes.rename(actor(caller), params));
        return {};
      },
    },
    mute: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        await carryOut(params.conversation, () => changes.mute(actor(caller), params));
        return {};
      },
    },
    dissolve: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        await carryOut(params.conversation, () => changes.dissolve(actor(caller), params));
        return {};
      },
    },
  };
}
