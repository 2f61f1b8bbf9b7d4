/**
 * Bounds of the wire contract. Every list, string and frame has one; units are last in the name.
 * A server may be configured to lower ones and announces those in `welcome.limits`; it never exceeds these.
 */
export const limits = {
  /** One frame in either direction, after decompression. */
  frameBytesMax: 262_144,
  /** The content of one message as JSON text in UTF-8. */
  contentBytesMax: 65_536,
  /** Objects and arrays within each other in content, the content itself counted. */
  contentDepthMax: 16,
  userIdLengthMax: 64,
  deviceIdLengthMax: 64,
  conversationIdLengthMax: 140,
  titleLengthMax: 128,
  tokenLengthMax: 8_192,
  reasonLengthMax: 256,
  /** Mentions in one message. */
  mentionsMax: 50,
  /** Users named in one membership command. */
  usersPerCommandMax: 500,
  /** Messages in one history page. */
  historyPageMax: 200,
  /** A group with more members is shown without their cursors. */
  memberCursorsMax: 32,
  /** Members, receipts or users in one page. */
  memberPageMax: 500,
  /** Conversations in one sync page, and cursors a client may hand in with it. */
  syncPageMax: 100,
  syncCursorsMax: 1_000,
  /** Newest messages returned with each conversation of a sync page. */
  syncMessagesMax: 50,
  /** Users whose presence one session may watch. */
  watchedUsersMax: 1_000,
  /** Sends of one connection that wait for their acknowledgement; more are answered `busy`. */
  sendsInFlightMax: 1_024,
  /** Hours that an invite link may be good for, and characters of its token. */
  inviteHoursMax: 720,
  inviteTokenLengthMax: 1_024,
} as const;

export type Limits = { readonly [K in keyof typeof limits]: number };
