import type { Model } from "./model.ts";
import type { Runtime } from "./runtime.ts";
import type { Actions } from "./types.ts";

/** The actions over the model and the part of it that is loaded when it is needed. */
export function createActions(model: Model, runtime: () => Promise<Runtime>): Actions {
  return {
    ...accountActions(model, runtime),
    ...chatActions(model),
    ...groupActions(model, runtime),
  };
}

type AccountAction =
  | "register"
  | "signIn"
  | "signOut"
  | "signOutOthers"
  | "devices"
  | "endDevice"
  | "findPeople"
  | "openDirect"
  | "setName"
  | "setStatus"
  | "wake";

function accountActions(
  model: Model,
  runtime: () => Promise<Runtime>,
): Pick<Actions, AccountAction> {
  return {
    register: async (account) => (await runtime()).register(account),
    signIn: async (account) => (await runtime()).signIn(account),
    signOut: async () => (await runtime()).signOut(),
    signOutOthers: async () => model.backend.call("signOutOthers"),
    devices: async () => model.backend.call("devices"),
    endDevice: async (device) => model.backend.call("signOut", device),
    findPeople: async (prefix) => (await runtime()).findPeople(prefix),
    openDirect: async (user) => (await runtime()).openDirect(user),
    async setName(name) {
      model.people.met([await model.backend.call("setName", name)]);
    },
    async setStatus(status) {
      await (await runtime()).setStatus(status);
    },
    wake() {
      if (model.session.getState().phase !== "ready") return;
      model.backend.wakeTabs();
      // Whether it did shows in the state of the connection.
      model.backend.call("wake").catch(() => {});
    },
  };
}

type ChatAction =
  | "send"
  | "retry"
  | "discard"
  | "typing"
  | "markRead"
  | "setDraft"
  | "pin"
  | "mute"
  | "receipts";

function chatActions(model: Model): Pick<Actions, ChatAction> {
  return {
    send: (conversation, text, options = {}) => model.send(conversation, text, options),
    retry: (key) => model.outbox.retry(key),
    discard(key) {
      // If it could not be withdrawn it is on its way, and stays.
      model.outbox.discard(key).catch(() => {});
    },
    typing(conversation, on) {
      if (model.session.getState().link !== "online") return;
      // A hint that may be lost.
      model.backend.call("typing", { conversation, on }).catch(() => {});
    },
    markRead: (conversation, seq) => model.markRead(conversation, seq),
    setDraft: (conversation, draft) => model.setNotes(conversation, { draft }),
    pin: (conversation, pinned) => model.setNotes(conversation, { pinned }),
    mute: (conversation, muted) => model.setNotes(conversation, { muted }),
    receipts: async (conversation, seq, cursor, after) =>
      model.backend.call("receipts", {
        conversation,
        seq,
        cursor,
        ...(after === undefined ? {} : { after }),
      }),
  };
}

type GroupAction = Exclude<keyof Actions, AccountAction | ChatAction>;

function groupActions(model: Model, runtime: () => Promise<Runtime>): Pick<Actions, GroupAction> {
  return {
    createGroup: async ({ title, members, channel = false, open = false }) =>
      model.backend.call("createGroup", { title, members: [...members], channel, open }),
    async invite(conversation, users) {
      await model.backend.call("invite", { conversation, users: [...users] });
    },
    async removeMember(conversation, user, ban = false) {
      await model.backend.call("remove", { conversation, user, ban });
    },
    setRole: async (conversation, user, role) =>
      model.backend.call("role", { conversation, user, role }),
    rename: async (conversation, title) => model.backend.call("rename", { conversation, title }),
    async leave(conversation) {
      await model.backend.call("leave", conversation);
      model.chats.left(conversation);
    },
    dissolve: async (conversation) => model.backend.call("dissolve", conversation),
    muteMember: async (conversation, user, untilMs) =>
      model.backend.call("mute", { conversation, user, until: untilMs }),
    muteAll: async (conversation, on) =>
      model.backend.call("mute", { conversation, until: on ? Number.MAX_SAFE_INTEGER : 0 }),
    members: async (conversation, after) =>
      model.backend.call("members", { conversation, ...(after === undefined ? {} : { after }) }),
    async findMembers(conversation, prefix) {
      const { users, complete } = await model.backend.call("namedMembers", {
        conversation,
        prefix,
      });
      const people = model.people.met(users);
      return { people: people.filter(({ id }) => id !== model.self), complete };
    },
    createInvite: async (conversation, { hours } = {}) =>
      model.backend.call("createInvite", {
        conversation,
        ...(hours === undefined ? {} : { hours }),
      }),
    async peekInvite(token) {
      await ready(model, runtime);
      if (model.session.getState().phase === "signed_out")
        return (await runtime()).peekInvite(token);
      const {
        conversation,
        title = "",
        memberCount,
        inviter,
      } = await model.backend.call("peekInvite", token);
      return { conversation, title, memberCount, inviter };
    },
    async acceptInvite(token) {
      await ready(model, runtime);
      return model.backend.call("acceptInvite", token);
    },
  };
}

/** A link may be followed before the session is there. */
async function ready(model: Model, runtime: () => Promise<Runtime>): Promise<void> {
  if (model.session.getState().phase === "loading") await (await runtime()).follow();
}
