/** What topics stand for. One place for reading them, one for writing; docs/protocols/mqtt.md describes the same. */
import { conversationIdPattern, directId, userIdPattern } from "@godwit/protocol";
import { createdId } from "../../../conversations/entry.ts";

const conversationId = new RegExp(conversationIdPattern);
const userId = new RegExp(userIdPattern);

/** Where a message is published to. */
export type Address =
  /** `g/c/<conversation>` and `g/u/<user>`: a message to a conversation. */
  | { readonly to: "conversation"; readonly conversation: string }
  /** `g/c/<conversation>/receipts`: the publisher's own cursors. */
  | { readonly to: "receipts"; readonly conversation: string }
  /** `g/c/<conversation>/typing`. */
  | { readonly to: "typing"; readonly conversation: string }
  /** `g/u/<own user>/presence`: the publisher's own status. */
  | { readonly to: "presence"; readonly user: string }
  /** `app/<owner>/…`: a plain application topic in somebody's namespace. */
  | { readonly to: "app"; readonly owner: string };

/** Reads the name that a client publishes to; undefined if it stands for nothing that can be published to. */
export function readAddress(topic: string, self: string): Address | undefined {
  const levels = topic.split("/");
  const [root, name = "", third = ""] = levels;
  if (root === "app")
    return levels.length > 2 && userId.test(name) ? { to: "app", owner: name } : undefined;
  if (root !== "g" || levels.length < 3 || levels.length > 4) return undefined;
  const [, , , fourth] = levels;
  if (name === "c" && conversationId.test(third)) {
    if (fourth === undefined) return { to: "conversation", conversation: third };
    if (fourth === "receipts" || fourth === "typing") return { to: fourth, conversation: third };
  }
  if (name === "u" && userId.test(third)) {
    if (fourth === undefined) return { to: "conversation", conversation: directId(self, third) };
    if (fourth === "presence" && third === self) return { to: "presence", user: third };
  }
  return undefined;
}

/** What a subscription asks for, to be judged and prepared before it is granted. */
export type Wanted =
  | { readonly of: "inbox" }
  /** One conversation: the caller must be able to read it. */
  | { readonly of: "conversation"; readonly conversation: string; readonly messages: boolean }
  /** Whatever the wildcard matches of what the caller gets anyway. */
  | { readonly of: "everything" }
  | { readonly of: "presence"; readonly user: string }
  /** A namespace: its owner must have let the caller in. */
  | { readonly of: "app"; readonly owner: string }
  /** Nothing that this user may ever get. */
  | { readonly of: "nothing"; readonly why: string };

/** Reads a topic filter by its levels. */
export function readWanted(levels: readonly string[], self: string): Wanted {
  const [root, name, third, fourth] = levels;
  const isWild = (level: string | undefined) => level === "+" || level === "#";
  if (isWild(root)) return { of: "everything" };
  if (root === "app") {
    if (isWild(name)) return { of: "everything" };
    return name !== undefined && userId.test(name) && levels.length > 2
      ? { of: "app", owner: name }
      : nothing("An application topic is app/<user>/….");
  }
  if (root !== "g") return nothing("Topics begin with g/ or app/ here.");
  if (name === "me") return levels.length === 2 ? { of: "inbox" } : nothing("The inbox is g/me.");
  if (name === "c") return readConversation(levels, third, fourth);
  if (name === "u") return readUser(levels, self);
  return isWild(name) ? { of: "everything" } : nothing("There is only g/me, g/c and g/u.");
}

function readConversation(
  levels: readonly string[],
  id: string | undefined,
  last: string | undefined,
): Wanted {
  if (id === "+" || id === "#") return { of: "everything" };
  if (id === undefined || levels.length > 4 || !conversationId.test(id))
    return nothing("A conversation is g/c/<conversation>.");
  return { of: "conversation", conversation: id, messages: last === undefined || last === "#" };
}

function readUser(levels: readonly string[], self: string): Wanted {
  const [, , user, last] = levels;
  if (user === undefined || levels.length > 4 || !userId.test(user))
    return nothing("Wildcards cannot stand for users under g/u.");
  if (last === "presence" || last === "+") return { of: "presence", user };
  if (last === undefined || last === "#")
    return user === self ? { of: "inbox" } : nothing("Only they get what is sent to a user.");
  return nothing("Of a user there is g/u/<user> and g/u/<user>/presence.");
}

function nothing(why: string): Wanted {
  return { of: "nothing", why };
}

/**
 * The client id with which every user's namespace is created: with it, the same user's is always the same channel, and whoever knows the user can name
 * it. A UUID of version 4 in form.
 */
const namespaceClientId = "6d717474-0000-4000-8000-617070000000";

/** What `create` needs to make a user's namespace, any number of times. */
export function namespaceParams(owner: string) {
  return { clientId: namespaceClientId, kind: "channel" as const, title: `app/${owner}` };
}

/** The channel behind `app/<owner>/…`. */
export function namespaceOf(owner: string): string {
  return createdId("channel", owner, namespaceClientId);
}
