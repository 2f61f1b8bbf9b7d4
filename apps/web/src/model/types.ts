/** What the interface knows, as plain data: the contract between the model and everything that is drawn. */
import type {
  ContentKind,
  DeviceInfo,
  Member,
  MemberCursor,
  Role,
  SystemContent,
} from "@godwit/client";

export type { ContentKind, DeviceInfo, Member, MemberCursor, Role, SystemContent };

/** Where an own message is. `delivered` and `read`: by at least one other member. */
export type SendState = "queued" | "sent" | "delivered" | "read" | "failed";

/** The quoted message; what is not loaded yet is absent, and comes by itself. */
export interface ReplyPreview {
  readonly seq: number;
  readonly sender?: string;
  readonly text?: string;
}

/** Why an own message was refused. `name` is the error's name in the protocol. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** One row of a conversation. The same object as long as nothing about it changes, so that rows can be memoised. */
export interface ChatMessage {
  /** Stable from the moment of sending: the client's id of the message. */
  readonly key: string;
  readonly conversation: string;
  /** Absent while it is queued. */
  readonly seq?: number;
  readonly sender: string;
  readonly mine: boolean;
  /** Milliseconds since the epoch: the server's time, or this machine's while queued. */
  readonly time: number;
  readonly kind: ContentKind;
  /** The text of a text message, a label or name of others, empty if there is none. */
  readonly text: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Users whom it mentions, `*` for everyone; absent if it mentions nobody. */
  readonly mentions?: readonly string[];
  readonly replyTo?: ReplyPreview;
  /** Own messages only. */
  readonly state?: SendState;
  readonly failure?: Failure;
  /** Of entries that the server wrote: who joined, left, was renamed. */
  readonly system?: SystemContent;
}

/** The newest entry of a conversation. */
export interface LastMessage {
  readonly sender: string;
  readonly text: string;
  readonly time: number;
  readonly kind: ContentKind;
  readonly system?: SystemContent;
  readonly state?: SendState;
}

/** One row of the list of conversations. */
export interface ChatSummary {
  readonly id: string;
  readonly kind: "direct" | "group" | "channel";
  /** The other one's name, or the group's. */
  readonly title: string;
  /** The other user of a direct conversation. */
  readonly peer?: string;
  readonly last?: LastMessage;
  readonly unread: number;
  readonly mentions: number;
  readonly pinned: boolean;
  readonly muted: boolean;
  readonly draft?: string;
  readonly role?: Role;
  readonly memberCount: number;
  readonly lastSeq: number;
  readonly readSeq: number;
  /** Anyone who knows the id may join. */
  readonly open: boolean;
  readonly dissolved: boolean;
  /** Left or removed: what was said stays readable here, nothing new comes. */
  readonly gone: boolean;
  /** Only owner and admins may write. */
  readonly mutedAll: boolean;
  /** This user may not write before that time, in milliseconds since the epoch. */
  readonly mutedUntil?: number;
}

export type LinkState = "online" | "connecting" | "offline";

export interface SessionView {
  readonly phase: "loading" | "signed_out" | "ready";
  readonly user?: string;
  readonly name?: string;
  readonly link: LinkState;
  /** Own messages of all conversations that wait to be sent. */
  readonly queued: number;
  /** Why there is no session any more (`token_revoked`, `kicked` …): the name of an error, to be put into words. */
  readonly notice?: string;
}

export type JumpTarget = { readonly seq: number } | { readonly time: number } | "unread" | "newest";

/** A bounded window of a conversation's messages, ascending; queued ones are at the end. */
export interface TimelineView {
  readonly items: readonly ChatMessage[];
  readonly atOldest: boolean;
  readonly atNewest: boolean;
  readonly loading: "older" | "newer" | "jump" | undefined;
  /** The first message that was unread when the conversation was opened. */
  readonly firstUnreadSeq?: number | undefined;
  /** The name of the error that stopped the last loading. */
  readonly error?: string | undefined;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Resolves to the seq landed on; undefined if there is nothing to land on. */
  jumpTo(target: JumpTarget): Promise<number | undefined>;
  /**
   * Whether the end is in sight; at first it is. While it is not, nothing leaves the window at the old end: when it is full, it stops to take
   * new messages in (`atNewest` becomes false), and `loadNewer` or `jumpTo("newest")` goes on.
   */
  setFollowing(on: boolean): void;
}

/** A message of somebody else that just came. */
export interface IncomingMessage {
  readonly conversation: string;
  readonly seq: number;
  /** Of the conversation. */
  readonly title: string;
  readonly sender: string;
  readonly text: string;
  readonly time: number;
}

export interface PresenceView {
  readonly status: "online" | "away" | "offline";
  /** Milliseconds since the epoch; absent while online or never seen. */
  readonly lastSeen?: number;
}

export interface ProfileView {
  readonly id: string;
  /** The name that the user chose; the id until it is known. */
  readonly name: string;
}

export interface MembersPage {
  readonly members: readonly Member[];
  /** Hand it in as `after` for the next page; absent at the end. */
  readonly next?: string;
}

export interface ReceiptsPage {
  readonly total: number;
  readonly members: readonly MemberCursor[];
  readonly next?: string;
}

export interface InviteLink {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface InvitePreview {
  readonly conversation: string;
  readonly title: string;
  readonly memberCount: number;
  readonly inviter: string;
  /** Told to visitors who are not signed in, and cannot ask for it. */
  readonly inviterName?: string;
}

/** Everything that the interface can ask for. What is asynchronous rejects with an Error whose `name` is the protocol's name of the error. */
export interface Actions {
  register(options: { user: string; password: string; name?: string }): Promise<void>;
  signIn(options: { user: string; password: string }): Promise<void>;
  /** Ends this device's session and wipes everything that this browser kept of it. */
  signOut(): Promise<void>;
  /** Resolves to how many devices were signed out. */
  signOutOthers(): Promise<number>;
  devices(): Promise<readonly DeviceInfo[]>;
  endDevice(device: string): Promise<void>;

  /** Queues a message; it appears in the timeline at once, and its failure too. */
  send(conversation: string, text: string, options?: { replyTo?: number }): void;
  /** Sends a failed message again. */
  retry(key: string): void;
  /** Takes a failed or waiting message away. */
  discard(key: string): void;
  /** Call it at every keystroke; it is sent every few seconds at most. */
  typing(conversation: string, on: boolean): void;
  /** Says that everything up to `seq` was seen. */
  markRead(conversation: string, seq: number): void;
  setDraft(conversation: string, text: string): void;
  pin(conversation: string, on: boolean): void;
  mute(conversation: string, on: boolean): void;

  /** Resolves to the id of the direct conversation; rejects with `user_unknown` if there is nobody of that name. */
  openDirect(user: string): Promise<string>;
  findPeople(prefix: string): Promise<readonly ProfileView[]>;
  /** Resolves to the new conversation's id. */
  createGroup(options: {
    title: string;
    members: readonly string[];
    channel?: boolean;
    open?: boolean;
  }): Promise<string>;
  invite(conversation: string, users: readonly string[]): Promise<void>;
  removeMember(conversation: string, user: string, ban?: boolean): Promise<void>;
  setRole(conversation: string, user: string, role: Role): Promise<void>;
  rename(conversation: string, title: string): Promise<void>;
  leave(conversation: string): Promise<void>;
  dissolve(conversation: string): Promise<void>;
  /** Until a time in milliseconds since the epoch; 0 lets the member write again. */
  muteMember(conversation: string, user: string, untilMs: number): Promise<void>;
  muteAll(conversation: string, on: boolean): Promise<void>;
  members(conversation: string, after?: string): Promise<MembersPage>;
  /** Some members whose id or name begins with the prefix (any, if it is empty), others than the asker. `complete`: there are no more. */
  findMembers(
    conversation: string,
    prefix: string,
  ): Promise<{ readonly people: readonly ProfileView[]; readonly complete: boolean }>;
  receipts(
    conversation: string,
    seq: number,
    cursor: "read" | "delivered",
    after?: string,
  ): Promise<ReceiptsPage>;

  createInvite(conversation: string, options?: { hours?: number }): Promise<InviteLink>;
  /** What a link leads to; also for a visitor who is not signed in. */
  peekInvite(token: string): Promise<InvitePreview>;
  /** Joins; resolves to the conversation's id. */
  acceptInvite(token: string): Promise<string>;

  /** Gives the user who is signed in another name. */
  setName(name: string): Promise<void>;
  setStatus(status: "online" | "away" | "invisible"): Promise<void>;
  /** The network may have come back, or the page may be seen again: connect without waiting. */
  wake(): void;
}
