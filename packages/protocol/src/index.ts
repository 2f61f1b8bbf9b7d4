export * from "./close.ts";
export { DecodeError, type Codec, type RawFrame } from "./codec.ts";
export { countedEvents } from "./counted.ts";
export * from "./errors.ts";
export * from "./frames.ts";
export * from "./ids.ts";
export { jsonCodec, parseJson } from "./json.ts";
export * from "./limits.ts";
export type {
  CommandName,
  Content,
  ContentKind,
  Conversation,
  Cursor,
  DeviceInfo,
  EventBody,
  EventName,
  Kind,
  Member,
  MemberCursor,
  MemberProgress,
  Message,
  Params,
  Platform,
  Presence,
  Priority,
  Profile,
  Result,
  Role,
  SeenStatus,
  Status,
  SyncedConversation,
  SystemContent,
  SystemEvent,
} from "./schemas.ts";
