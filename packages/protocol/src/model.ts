/**
 * What commands and events speak of: ids and numbers with their bounds, contents, messages, conversations, members. The rule of `schemas.ts` holds
 * here too: the position of a property is its field number in the binary codec.
 */
import { Type, type Static } from "typebox";
import {
  conversationIdPattern,
  deviceIdPattern,
  urlPattern,
  userIdPattern,
  uuidPattern,
} from "./ids.ts";
import { limits } from "./limits.ts";

export const UserId = Type.String({ pattern: userIdPattern });
export const DeviceId = Type.String({ pattern: deviceIdPattern });
export const ConversationId = Type.String({ pattern: conversationIdPattern });
export const ClientId = Type.String({ pattern: uuidPattern });
export const Title = Type.String({ minLength: 1, maxLength: limits.titleLengthMax });
export const Token = Type.String({ minLength: 1, maxLength: limits.tokenLengthMax });
export const InviteToken = Type.String({ minLength: 1, maxLength: limits.inviteTokenLengthMax });
export const Reason = Type.String({ maxLength: limits.reasonLengthMax });
const safeInteger = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const SafeInteger = safeInteger();
/** Dense number of an entry in its conversation, from 1; 0 means "before the first". */
export const Seq = safeInteger();
/** Milliseconds since the Unix epoch. */
export const TimeMs = safeInteger();
export const DurationMs = safeInteger();
export const Count = safeInteger();
export const Users = Type.Array(UserId, { minItems: 1, maxItems: limits.usersPerCommandMax });
export const page = (max: number) => Type.Optional(Type.Integer({ minimum: 1, maximum: max }));
export const Empty = Type.Object({});

/** Content is JSON by kind. Routing never looks into it; kinds other than `system` come from clients. */
export const Content = Type.Record(Type.String(), Type.Unknown());
export const ContentKind = Type.Union([
  Type.Literal("text"),
  Type.Literal("image"),
  Type.Literal("file"),
  Type.Literal("audio"),
  Type.Literal("video"),
  Type.Literal("location"),
  Type.Literal("custom"),
  Type.Literal("system"),
]);
export const Role = Type.Union([
  Type.Literal("owner"),
  Type.Literal("admin"),
  Type.Literal("member"),
]);
/** What happened to the conversation or its members. `expired`: a message whose time was over when it was read. */
export const SystemEvent = Type.Union([
  Type.Literal("created"),
  Type.Literal("joined"),
  Type.Literal("invited"),
  Type.Literal("left"),
  Type.Literal("removed"),
  Type.Literal("banned"),
  Type.Literal("role"),
  Type.Literal("renamed"),
  Type.Literal("muted"),
  Type.Literal("unmuted"),
  Type.Literal("dissolved"),
  Type.Literal("expired"),
]);
const Url = Type.String({ pattern: urlPattern, maxLength: 2_048 });
const Media = Type.Object({
  url: Url,
  name: Type.Optional(Type.String({ maxLength: 256 })),
  /** Bytes. */
  size: Type.Optional(Count),
  mime: Type.Optional(Type.String({ maxLength: 128 })),
  /** Pixels. */
  width: Type.Optional(Count),
  height: Type.Optional(Count),
  durationMs: Type.Optional(DurationMs),
  /** A small image that stands for it. */
  thumbnail: Type.Optional(Url),
});
/** What the content of each kind must hold at least; more fields may be beside these. `system` entries are the server's own. */
export const contents = {
  text: Type.Object({ text: Type.String({ minLength: 1 }) }),
  image: Media,
  file: Media,
  audio: Media,
  video: Media,
  location: Type.Object({
    /** Degrees, WGS 84. */
    lat: Type.Number({ minimum: -90, maximum: 90 }),
    lon: Type.Number({ minimum: -180, maximum: 180 }),
    label: Type.Optional(Type.String({ maxLength: 256 })),
  }),
  custom: Type.Object({}),
  system: Type.Object({
    event: SystemEvent,
    users: Type.Optional(Type.Array(UserId)),
    title: Type.Optional(Type.String()),
    role: Type.Optional(Role),
    until: Type.Optional(TimeMs),
  }),
} as const;
export const Priority = Type.Union([Type.Literal("normal"), Type.Literal("important")]);
export const Kind = Type.Union([
  Type.Literal("direct"),
  Type.Literal("group"),
  Type.Literal("channel"),
]);
export const Platform = Type.Union([
  Type.Literal("web"),
  Type.Literal("desktop"),
  Type.Literal("ios"),
  Type.Literal("android"),
  Type.Literal("device"),
  Type.Literal("bot"),
]);
export const Status = Type.Union([
  Type.Literal("online"),
  Type.Literal("away"),
  Type.Literal("invisible"),
]);
export const SeenStatus = Type.Union([
  Type.Literal("online"),
  Type.Literal("away"),
  Type.Literal("offline"),
]);

export const Message = Type.Object({
  conversation: ConversationId,
  seq: Seq,
  /** Commit order in its unit: increasing, unique, not dense per conversation. */
  id: SafeInteger,
  sender: UserId,
  device: Type.String({ maxLength: limits.deviceIdLengthMax }),
  clientId: ClientId,
  clientSeq: SafeInteger,
  /** Server time of acceptance, the only time that is trusted. */
  time: TimeMs,
  kind: ContentKind,
  content: Content,
  priority: Type.Optional(Priority),
  /** User ids, or `*` for everyone. */
  mentions: Type.Optional(
    Type.Array(Type.Union([UserId, Type.Literal("*")]), { maxItems: limits.mentionsMax }),
  ),
  replyTo: Type.Optional(Seq),
  expiresAt: Type.Optional(TimeMs),
});
export type Message = Static<typeof Message>;

/** How far a member has come. */
export const MemberProgress = Type.Object({ user: UserId, delivered: Seq, read: Seq });
export type MemberProgress = Static<typeof MemberProgress>;

/** A conversation as one member sees it. */
export const Conversation = Type.Object({
  id: ConversationId,
  kind: Kind,
  title: Type.Optional(Type.String({ maxLength: limits.titleLengthMax })),
  role: Role,
  memberCount: Count,
  lastSeq: Seq,
  /** This member's own cursors. */
  delivered: Seq,
  read: Seq,
  unread: Count,
  mentions: Count,
  createdAt: TimeMs,
  /** Anyone who knows the id may join. */
  open: Type.Optional(Type.Boolean()),
  /** Read-diffused: receipts are counted on request instead of announced. */
  large: Type.Optional(Type.Boolean()),
  /** The whole conversation is muted: only owner and admins may send. */
  mutedAll: Type.Optional(Type.Boolean()),
  /** This member may not send before that time. */
  mutedUntil: Type.Optional(TimeMs),
  dissolved: Type.Optional(Type.Boolean()),
  /** Direct: cursors of the other member, so that own messages can show their state. */
  peerDelivered: Type.Optional(Seq),
  peerRead: Type.Optional(Seq),
  /** Groups and channels of at most `memberCursorsMax`, where asked for and not in events: cursors of the other members, by user id. */
  cursors: Type.Optional(Type.Array(MemberProgress, { maxItems: limits.memberCursorsMax })),
});
export type Conversation = Static<typeof Conversation>;

export const Member = Type.Object({
  user: UserId,
  role: Role,
  joinedAt: TimeMs,
  mutedUntil: Type.Optional(TimeMs),
});
export type Member = Static<typeof Member>;

export const Presence = Type.Object({
  user: UserId,
  status: SeenStatus,
  /** Last time this user was seen; absent while online or never seen. */
  lastSeen: Type.Optional(TimeMs),
  /** The name that the user has just taken. */
  name: Type.Optional(Title),
});
export type Presence = Static<typeof Presence>;

export const Profile = Type.Object({
  user: UserId,
  name: Type.Optional(Type.String({ maxLength: limits.titleLengthMax })),
});
export type Profile = Static<typeof Profile>;

export const DeviceInfo = Type.Object({
  device: DeviceId,
  platform: Platform,
  online: Type.Boolean(),
  lastSeen: TimeMs,
  current: Type.Boolean(),
});
export type DeviceInfo = Static<typeof DeviceInfo>;

export const Cursor = Type.Object({ conversation: ConversationId, seq: Seq });
export type Cursor = Static<typeof Cursor>;

export const SyncedConversation = Type.Object({
  conversation: Conversation,
  /** The newest messages after the client's cursor, ascending. */
  messages: Type.Array(Message),
  /** True if messages between the cursor and the first one here were left out; `history` fetches them. */
  partial: Type.Boolean(),
});
export type SyncedConversation = Static<typeof SyncedConversation>;

export const MemberCursor = Type.Object({ user: UserId, seq: Seq, time: TimeMs });
export type MemberCursor = Static<typeof MemberCursor>;

export type ContentKind = Static<typeof ContentKind>;
export type Content = Static<typeof Content>;
export type Priority = Static<typeof Priority>;
export type Role = Static<typeof Role>;
export type Kind = Static<typeof Kind>;
export type Platform = Static<typeof Platform>;
export type Status = Static<typeof Status>;
export type SeenStatus = Static<typeof SeenStatus>;
export type SystemContent = Static<typeof contents.system>;
export type SystemEvent = Static<typeof SystemEvent>;
