import type { Accounts } from "../../accounts/accounts.ts";
import type { Conversations } from "../../conversations/conversations.ts";
import { enter, enterByLink } from "../../conversations/enter.ts";
import type { Clock } from "../../lib/clock.ts";
import { Refused, type Commands } from "./command.ts";

/** A week: long enough for a link in a mail, short enough that a forgotten one ends. */
const inviteHoursDefault = 168;

/** Invite links. They are used with `join`. */
export function inviteCommands(deps: {
  accounts: Accounts;
  conversations: Conversations;
  clock: Clock;
}): Commands<"invite_link" | "peek_invite"> {
  const { accounts, conversations, clock } = deps;
  return {
    invite_link: {
      auth: "user",
      rate: "command",
      async handle({ user }, { conversation, hours = inviteHoursDefault }) {
        const place = await enter(conversations, "invite", user, conversation, clock.now());
        if (!place.ok) throw new Refused(place);
        return accounts.invites.make(conversation, user, hours);
      },
    },
    peek_invite: {
      auth: "user",
      rate: "command",
      async handle({ user }, { token }) {
        const { conversation: id, inviter, expiresAt } = await accounts.invites.read(token);
        const place = await enterByLink(conversations, user, id, inviter, clock.now());
        if (!place.ok) throw new Refused(place);
        const { kind, title, memberCount } = place.conversation;
        return {
          conversation: id,
          kind,
          ...(title === undefined ? {} : { title }),
          memberCount,
          inviter,
          expiresAt,
        };
      },
    },
  };
}
