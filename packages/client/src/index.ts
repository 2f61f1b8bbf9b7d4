/**
 * The Godwit SDK for browsers, Node and Bun. Begin with `connect`.
 *
 * @module
 */
export {
  type Credentials,
  type Invitation,
  type Login,
  login,
  peekInvite,
  register,
  renew,
} from "./accounts.ts";
export { Chat, Group, type HistoryOptions, type Receipts } from "./chat.ts";
export { type Client, connect, type Invite } from "./client.ts";
export type { Clock, Random } from "./clock.ts";
export type { ReceivedMessage } from "./delivery.ts";
export { type ClientErrorName, GodwitError, type GodwitErrorName } from "./errors.ts";
export type { ClientEvents, ConversationUpdate, Receipt, Typing } from "./events.ts";
export { indexedDbStorage } from "./indexeddb.ts";
export type { NetworkMemory, Transport } from "./transport.ts";
export type { ConnectOptions, TokenAnswer } from "./options.ts";
export type { Draft, DraftOptions, OutboxUpdate, Sending, Sent } from "./outbox.ts";
export type { MessageState } from "./receipts.ts";
export type { ClientState } from "./session.ts";
export type { Socket, SocketConstructor } from "./socket.ts";
export {
  applyChange,
  type ClientStorage,
  emptyState,
  memoryStorage,
  type OutboxEntry,
  stateChanges,
  type StorageChange,
  type StoredState,
} from "./storage.ts";
export {
  type Codec,
  type Content,
  type ContentKind,
  type Conversation,
  type DeviceInfo,
  directId,
  jsonCodec,
  type Kind,
  type Member,
  type MemberCursor,
  type MemberProgress,
  type Message,
  type Platform,
  type Presence,
  type Priority,
  type Profile,
  type Role,
  type SeenStatus,
  type Status,
  type SystemContent,
} from "@godwit/protocol";
