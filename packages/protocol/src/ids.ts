/** User ids: chosen at registration, or the subject of a host application's token. */
export const userIdPattern = "^[A-Za-z0-9][A-Za-z0-9._@|=-]{0,63}$";
/** Device ids: any stable name that a client chooses for one installation. */
export const deviceIdPattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
/** RFC 9562 UUID version 4, lower case: the client message id. */
export const uuidPattern = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
/**
 * Conversation ids: `d:<user>:<user>` direct (the two ids in code-unit order), `g:<unit>:<name>` group, `c:<unit>:<name>` channel.
 * The home unit of a direct conversation follows from a hash of its id; of the others it is in the id.
 */
export const conversationIdPattern =
  "^(d:[A-Za-z0-9][A-Za-z0-9._@|=-]{0,63}:[A-Za-z0-9][A-Za-z0-9._@|=-]{0,63}|[gc]:[0-9]{1,4}:[a-z0-9]{8,32})$";

/** Where content may point: the web or this server, so that no client opens a `javascript:` address. */
export const urlPattern = "^(https?://|/)";

export type ConversationKind = "direct" | "group" | "channel";

/** The id of the direct conversation between two users; the order of the arguments does not matter. */
export function directId(a: string, b: string): string {
  return a < b ? `d:${a}:${b}` : `d:${b}:${a}`;
}

/** The two users of a direct conversation in id order, or undefined if the id is not a well-formed direct one. */
export function directMembers(conversation: string): [string, string] | undefined {
  if (!conversation.startsWith("d:")) return undefined;
  const split = conversation.indexOf(":", 2);
  const a = conversation.slice(2, split);
  const b = conversation.slice(split + 1);
  return split > 2 && b !== "" && a <= b ? [a, b] : undefined;
}

export function conversationKind(conversation: string): ConversationKind {
  return conversation.startsWith("d:")
    ? "direct"
    : conversation.startsWith("c:")
      ? "channel"
      : "group";
}
