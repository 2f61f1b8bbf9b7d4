/**
 * The native protocol as schemas: one object per command (parameters and result) and per event.
 *
 * The position of a property is its field number in the binary codec (first property = 1): append at the end, never reorder,
 * never remove; the same holds for the names of a literal union, for commands and for events. `godwit.proto` is generated from
 * here (`bun packages/protocol/scripts/generate.ts`) and a test fails when a number changes.
 */
import { Type, type Static } from "typebox";
import { limits } from "./limits.ts";
import {
  UserId,
  DeviceId,
  ConversationId,
  ClientId,
  Title,
  Token,
  InviteToken,
  Reason,
  SafeInteger,
  Seq,
  TimeMs,
  DurationMs,
  Count,
  Users,
  page,
  Empty,
  Content,
  ContentKind,
  Kind,
  Role,
  Priority,
  Platform,
  Status,
  Message,
  Conversation,
  Member,
  Presence,
  Profile,
  DeviceInfo,
  Cursor,
  SyncedConversation,
  MemberCursor,
} from "./model.ts";

export { countedEvents } from "./counted.ts";
export {
  Content,
  ContentKind,
  Conversation,
  Cursor,
  DeviceInfo,
  Kind,
  Member,
  MemberCursor,
  MemberProgress,
  Message,
  Platform,
  Presence,
  Priority,
  Profile,
  Role,
  SeenStatus,
  Status,
  SyncedConversation,
  SystemEvent,
  contents,
  type SystemContent,
} from "./model.ts";

/**
 * Every command: what a client says and what comes back. A reply has the command's name as its type and the command's `id`;
 * a command without `id` gets no reply unless it fails.
 */
export const commands = {
  /** The first command on a connection. `resume` picks up a session where its position says. */
  hello: {
    params: Type.Object({
      token: Token,
      device: DeviceId,
      platform: Type.Optional(Platform),
      client: Type.Optional(Type.String({ maxLength: 64 })),
      resume: Type.Optional(
        Type.Object({ session: Type.String({ maxLength: 64 }), position: SafeInteger }),
      ),
      status: Type.Optional(Status),
      /** How often the client means to be heard, because it knows what its network bears; the server's own idea if absent. */
      heartbeatMs: Type.Optional(DurationMs),
    }),
    result: Type.Object({
      session: Type.String(),
      user: UserId,
      device: DeviceId,
      /** True if this is the session that was asked for; the events that it missed follow. */
      resumed: Type.Boolean(),
      /** True if events were missed that do not follow by themselves: call `sync` with cursors. */
      syncRequired: Type.Boolean(),
      /** Position that counting goes on from. */
      position: SafeInteger,
      time: TimeMs,
      tokenExpiresAt: Type.Optional(TimeMs),
      /** Send something at least this often; silence for twice as long (at most a minute more) ends the connection. */
      heartbeatMs: DurationMs,
      limits: Type.Record(Type.String(), Type.Number()),
      /** The longest heartbeat that the client may announce. */
      heartbeatMsMax: Type.Optional(DurationMs),
    }),
  },
  /** Hands in a newer token for the same user before the old one expires. */
  refresh: {
    params: Type.Object({ token: Token }),
    result: Type.Object({ tokenExpiresAt: Type.Optional(TimeMs) }),
  },
  /** A heartbeat. `position` also acknowledges events, as `received` does; `heartbeatMs` announces how often the client is heard from now on. */
  ping: {
    params: Type.Object({
      position: Type.Optional(SafeInteger),
      heartbeatMs: Type.Optional(DurationMs),
    }),
    result: Type.Object({ time: TimeMs, position: SafeInteger }),
  },
  /** Acknowledges the events up to this position, so that the server may forget them. */
  received: { params: Type.Object({ position: SafeInteger }), result: Empty },
  /** Ends the session for good (the token stays valid). */
  bye: { params: Empty, result: Empty },
  devices: { params: Empty, result: Type.Object({ devices: Type.Array(DeviceInfo) }) },
  /** Ends the sessions of one device, or of all others, and revokes their tokens. */
  sign_out: {
    params: Type.Object({ device: Type.Optional(DeviceId) }),
    result: Type.Object({ ended: Count }),
  },

  /** The reply is the acknowledgement: committed and synced. A retry with the same `clientId` gets the same reply. */
  send: {
    params: Type.Object({
      conversation: ConversationId,
      clientId: ClientId,
      /** Counts the sends of this device, from 1. */
      clientSeq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      kind: ContentKind,
      content: Content,
      priority: Type.Optional(Priority),
      mentions: Type.Optional(
        Type.Array(Type.Union([UserId, Type.Literal("*")]), { maxItems: limits.mentionsMax }),
      ),
      replyTo: Type.Optional(Seq),
      expiresAt: Type.Optional(TimeMs),
    }),
    result: Type.Object({
      conversation: ConversationId,
      seq: Seq,
      messageId: SafeInteger,
      time: TimeMs,
      duplicate: Type.Optional(Type.Boolean()),
    }),
  },
  /** Messages with `from` ≤ seq ≤ `to`, ascending. Without bounds: the newest. `limit` cuts at the old end unless `from` alone is given. */
  history: {
    params: Type.Object({
      conversation: ConversationId,
      from: Type.Optional(Seq),
      to: Type.Optional(Seq),
      limit: page(limits.historyPageMax),
    }),
    result: Type.Object({ messages: Type.Array(Message), partial: Type.Boolean() }),
  },
  /** The conversations that moved past the given cursors (all, without cursors), page by page through `after`. */
  sync: {
    params: Type.Object({
      cursors: Type.Optional(Type.Array(Cursor, { maxItems: limits.syncCursorsMax })),
      after: Type.Optional(Type.String({ maxLength: limits.conversationIdLengthMax })),
      limit: page(limits.syncPageMax),
      messages: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.syncMessagesMax })),
    }),
    result: Type.Object({
      conversations: Type.Array(SyncedConversation),
      /** True if there are more pages: call again with `after` set to `next`. */
      partial: Type.Boolean(),
      next: Type.Optional(Type.String()),
      /** Of the cursors: conversations that the caller is not in, as far as this page goes. */
      gone: Type.Optional(Type.Array(ConversationId)),
    }),
  },
  /** One conversation as the caller sees it. */
  conversation: {
    params: Type.Object({ conversation: ConversationId }),
    result: Type.Object({ conversation: Conversation }),
  },
  /** Moves the caller's delivered cursor forward; never backward, any number of times. */
  delivered: {
    params: Type.Object({ conversation: ConversationId, seq: Seq }),
    result: Type.Object({ seq: Seq }),
  },
  /** Moves the caller's read cursor (and with it the delivered one) forward. */
  read: {
    params: Type.Object({ conversation: ConversationId, seq: Seq }),
    result: Type.Object({ seq: Seq, unread: Count }),
  },
  /** Who has received or read the message `seq`: a total and a bounded page, by user id. */
  receipts: {
    params: Type.Object({
      conversation: ConversationId,
      seq: Seq,
      cursor: Type.Union([Type.Literal("delivered"), Type.Literal("read")]),
      after: Type.Optional(UserId),
      limit: page(limits.memberPageMax),
    }),
    result: Type.Object({
      total: Count,
      members: Type.Array(MemberCursor),
      /** True if there are more pages: call again with `after` set to `next`. A page may be short, or empty, before the last one. */
      partial: Type.Boolean(),
      next: Type.Optional(UserId),
      /** True if the group is larger than what one answer counts: `total` is of its first members. */
      totalPartial: Type.Optional(Type.Boolean()),
    }),
  },

  create: {
    params: Type.Object({
      clientId: ClientId,
      kind: Type.Union([Type.Literal("group"), Type.Literal("channel")]),
      title: Title,
      members: Type.Optional(Type.Array(UserId, { maxItems: limits.usersPerCommandMax })),
      open: Type.Optional(Type.Boolean()),
    }),
    result: Type.Object({ conversation: Conversation }),
  },
  /** Adds users; lifts a ban if an admin invites. */
  invite: {
    params: Type.Object({ conversation: ConversationId, users: Users }),
    result: Type.Object({ added: Type.Array(UserId) }),
  },
  /** Joins an open conversation, or with the token of an invite link one that is not open. */
  join: {
    params: Type.Object({ conversation: ConversationId, token: Type.Optional(InviteToken) }),
    result: Type.Object({ conversation: Conversation }),
  },
  leave: { params: Type.Object({ conversation: ConversationId }), result: Empty },
  remove: {
    params: Type.Object({
      conversation: ConversationId,
      users: Users,
      ban: Type.Optional(Type.Boolean()),
    }),
    result: Type.Object({ removed: Type.Array(UserId) }),
  },
  /** Only an owner may; naming another owner hands ownership over. */
  role: {
    params: Type.Object({ conversation: ConversationId, user: UserId, role: Role }),
    result: Empty,
  },
  rename: { params: Type.Object({ conversation: ConversationId, title: Title }), result: Empty },
  /** Mutes one member until a time (0 unmutes), or with no user the whole conversation. */
  mute: {
    params: Type.Object({
      conversation: ConversationId,
      user: Type.Optional(UserId),
      until: TimeMs,
    }),
    result: Empty,
  },
  members: {
    params: Type.Object({
      conversation: ConversationId,
      after: Type.Optional(UserId),
      limit: page(limits.memberPageMax),
      prefix: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    }),
    result: Type.Object({
      members: Type.Array(Member),
      /** True if there are more pages: call again with `after` set to `next`. With a prefix a page may be short, or empty, before the last one. */
      partial: Type.Boolean(),
      next: Type.Optional(UserId),
    }),
  },
  dissolve: { params: Type.Object({ conversation: ConversationId }), result: Empty },

  /** Sets the caller's own status. Invisible shows as offline to everyone else. */
  presence: { params: Type.Object({ status: Status }), result: Empty },
  /** Watches these users in addition to those watched already; the reply is their state now. */
  watch: {
    params: Type.Object({ users: Users }),
    result: Type.Object({ presences: Type.Array(Presence) }),
  },
  unwatch: { params: Type.Object({ users: Users }), result: Empty },
  /** Ephemeral: never stored, dropped under load. */
  typing: {
    params: Type.Object({ conversation: ConversationId, on: Type.Boolean() }),
    result: Empty,
  },
  /** Finds users by the beginning of id or name, or names the given ids. */
  users: {
    params: Type.Object({
      prefix: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      ids: Type.Optional(Type.Array(UserId, { minItems: 1, maxItems: limits.usersPerCommandMax })),
      limit: page(50),
    }),
    result: Type.Object({
      users: Type.Array(Profile),
      /** True if so many begin with the prefix that not all were looked at. */
      partial: Type.Optional(Type.Boolean()),
    }),
  },
  /** Ends another user's sessions, with a reason that they see. Administrators only. */
  kick: {
    params: Type.Object({
      user: UserId,
      device: Type.Optional(DeviceId),
      reason: Type.Optional(Reason),
    }),
    result: Type.Object({ ended: Count }),
  },
  /** Makes a link by which anyone may join. It is good as long as the caller may invite, and not longer than `hours`. */
  invite_link: {
    params: Type.Object({
      conversation: ConversationId,
      hours: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.inviteHoursMax })),
    }),
    result: Type.Object({ token: InviteToken, expiresAt: TimeMs }),
  },
  /** What a link leads to, for whoever holds it. */
  peek_invite: {
    params: Type.Object({ token: InviteToken }),
    result: Type.Object({
      conversation: ConversationId,
      kind: Kind,
      title: Type.Optional(Type.String({ maxLength: limits.titleLengthMax })),
      memberCount: Count,
      inviter: UserId,
      expiresAt: TimeMs,
    }),
  },
  /** Gives the caller another name. Whoever watches them is told. */
  profile: { params: Type.Object({ name: Title }), result: Type.Object({ profile: Profile }) },
} as const;

/**
 * Every event. Those in `countedEvents` (`counted.ts`) advance the session's position by one each, in the order in which they are sent;
 * the others are ephemeral.
 */
export const events = {
  message: Type.Object({ message: Message }),
  /** A member's cursors moved. */
  receipt: Type.Object({ conversation: ConversationId, user: UserId, delivered: Seq, read: Seq }),
  /** The receiver's own view of a conversation began, changed or ended. */
  conversation: Type.Object({
    change: Type.Union([Type.Literal("added"), Type.Literal("updated"), Type.Literal("removed")]),
    conversation: Conversation,
  }),
  presence: Type.Object({ presence: Presence }),
  typing: Type.Object({ conversation: ConversationId, user: UserId, on: Type.Boolean() }),
  /** The token ends soon: `refresh` it. */
  token_expiring: Type.Object({ expiresAt: TimeMs }),
  /** This connection will be closed; reconnect after the given time. Commands in flight are still answered. */
  draining: Type.Object({ reconnectAfterMs: DurationMs }),
  /** Missed events can no longer be replayed: call `sync` with cursors. */
  sync_required: Type.Object({
    reason: Reason,
    /** Position that counting goes on from, if it moved on. */
    position: Type.Optional(SafeInteger),
  }),
} as const;

/** The replies and events that carry a failure; `id` is absent when no command can be named. */
export const ErrorReply = Type.Object({
  code: Type.Integer(),
  name: Type.String(),
  message: Type.String(),
  retryable: Type.Boolean(),
  retryAfterMs: Type.Optional(DurationMs),
});

export type CommandName = keyof typeof commands;
export type EventName = keyof typeof events;
export type Params<C extends CommandName> = Static<(typeof commands)[C]["params"]>;
export type Result<C extends CommandName> = Static<(typeof commands)[C]["result"]>;
export type EventBody<E extends EventName> = Static<(typeof events)[E]>;
