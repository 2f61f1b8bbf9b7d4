import type { Conversation, Message, Presence, Profile } from "@godwit/protocol";
import { directMembers } from "@godwit/protocol";

/** One entry of a conversation as it is shown. */
export interface Line {
  /** What merges a pending own message with its acknowledged form; for others' messages as unique as they say. */
  readonly clientId: string;
  /** Undefined while it waits for its acknowledgement. */
  readonly seq: number | undefined;
  readonly sender: string;
  readonly own: boolean;
  /** Milliseconds since the epoch: by the server once there is a seq. */
  readonly time: number;
  readonly kind: Message["kind"];
  readonly content: Message["content"];
  readonly mentionsMe: boolean;
  /** Why it was refused, if it was. */
  readonly failure?: string | undefined;
}

/** A line of the program itself, shown among the messages but part of no conversation's log. */
export interface Note {
  readonly note: string;
}

export interface Room {
  readonly id: string;
  readonly kind: Conversation["kind"];
  /** Direct only: the other user. */
  readonly peer: string | undefined;
  title: string;
  memberCount: number;
  lastSeq: number;
  unread: number;
  mentions: number;
  /** Large groups announce no receipts. */
  large: boolean;
  gone: boolean;
  readonly lines: (Line | Note)[];
  readonly typing: Set<string>;
  /** Time of the newest message, to sort the list by. */
  activeAt: number;
  /** Last seq that `unread` takes into account. */
  countedTo: number;
  /** What was read before the room was opened; the first line after it is marked as new. */
  newAfter: number | undefined;
}

/** Lines kept per conversation while new ones come; the oldest go first, and `/history` brings them back. */
const linesMax = 1_000;
/** Lines that going back through the history may load. */
export const loadedMax = 5_000;

export const isNote = (line: Line | Note): line is Note => "note" in line;

/** Everything a chat knows and shows. Holds no connection and draws nothing. */
export class ChatState {
  readonly user: string;
  readonly #rooms = new Map<string, Room>();
  readonly #presences = new Map<string, Presence>();
  readonly #names = new Map<string, string>();
  current: Room | undefined;
  /** What keeps the connection from being there, in words; undefined while it is. */
  trouble: string | undefined;
  /** Own messages that wait for their acknowledgement. */
  waiting = 0;

  constructor(user: string) {
    this.user = user;
  }

  /** Conversations by activity, the newest first; those that were left are not listed. */
  rooms(): Room[] {
    return [...this.#rooms.values()]
      .filter((room) => !room.gone)
      .sort((a, b) => b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1));
  }

  room(id: string): Room | undefined {
    return this.#rooms.get(id);
  }

  /** The room of a conversation that nothing is known of yet, such as a direct one before its first message. */
  ensure(id: string, kind: Conversation["kind"]): Room {
    const known = this.#rooms.get(id);
    if (known !== undefined) return known;
    const pair = directMembers(id);
    const peer = pair === undefined ? undefined : pair[0] === this.user ? pair[1] : pair[0];
    const room: Room = {
      id,
      kind,
      peer,
      title: peer ?? id,
      memberCount: peer === undefined ? 0 : 2,
      lastSeq: 0,
      unread: 0,
      mentions: 0,
      large: false,
      gone: false,
      lines: [],
      typing: new Set(),
      activeAt: 0,
      countedTo: 0,
      newAfter: undefined,
    };
    this.#rooms.set(id, room);
    return room;
  }

  /** Takes over what the server says of a conversation. */
  conversation(view: Conversation): Room {
    const room = this.ensure(view.id, view.kind);
    room.title = room.peer ?? view.title ?? view.id;
    room.memberCount = view.memberCount;
    room.lastSeq = Math.max(room.lastSeq, view.lastSeq);
    // An older view may arrive after newer messages.
    if (view.lastSeq >= room.countedTo) {
      room.unread = view.unread;
      room.mentions = view.mentions;
      room.countedTo = view.lastSeq;
    }
    room.large = view.large === true;
    room.gone = view.dissolved === true;
    room.activeAt = Math.max(room.activeAt, view.createdAt);
    return room;
  }

  removed(id: string): Room | undefined {
    const room = this.#rooms.get(id);
    if (room === undefined) return undefined;
    room.gone = true;
    if (this.current === room) this.current = undefined;
    return room;
  }

  /** A message from the server, new or old, any number of times. Returns its line, or undefined if it was there already. */
  message(message: Message): Line | undefined {
    const room = this.ensure(
      message.conversation,
      message.conversation.startsWith("d:")
        ? "direct"
        : message.conversation.startsWith("c:")
          ? "channel"
          : "group",
    );
    const line: Line = {
      clientId: message.clientId,
      seq: message.seq,
      sender: message.sender,
      own: message.sender === this.user,
      time: message.time,
      kind: message.kind,
      content: message.content,
      mentionsMe: message.mentions?.some((user) => user === this.user || user === "*") === true,
    };
    room.lastSeq = Math.max(room.lastSeq, message.seq);
    room.activeAt = Math.max(room.activeAt, message.time);
    if (message.seq > room.countedTo) {
      room.countedTo = message.seq;
      if (line.kind === "system") applyChange(room, line.content);
      else if (!line.own) {
        room.unread++;
        if (line.mentionsMe) room.mentions++;
      }
    }
    return place(room, line) ? line : undefined;
  }

  /** An own message on its way, or refused. */
  pending(
    entry: Pick<Line, "clientId" | "time" | "kind" | "content" | "failure"> & {
      readonly conversation: string;
    },
  ): void {
    const room = this.#rooms.get(entry.conversation);
    if (room === undefined) return;
    const { clientId, time, kind, content, failure } = entry;
    const line: Line = {
      clientId,
      time,
      kind,
      content,
      failure,
      seq: undefined,
      sender: this.user,
      own: true,
      mentionsMe: false,
    };
    const at = room.lines.findIndex(
      (other) => !isNote(other) && other.own && other.clientId === clientId,
    );
    const there = room.lines[at];
    if (there === undefined) room.lines.push(line);
    else if (!isNote(there) && there.seq === undefined) room.lines[at] = line;
    trim(room);
  }

  /** Words of the program to the user, among the lines of the room. */
  note(room: Room, note: string): void {
    room.lines.push({ note });
    trim(room);
  }

  typing(conversation: string, user: string, on: boolean): void {
    const typing = this.#rooms.get(conversation)?.typing;
    if (on) typing?.add(user);
    else typing?.delete(user);
  }

  presence(presence: Presence): void {
    this.#presences.set(presence.user, presence);
  }

  presenceOf(user: string): Presence | undefined {
    return this.#presences.get(user);
  }

  named(profile: Profile): void {
    if (profile.name !== undefined) this.#names.set(profile.user, profile.name);
  }

  nameOf(user: string): string {
    return this.#names.get(user) ?? user;
  }

  /** The lowest seq that is loaded, or undefined if nothing is. */
  oldestSeq(room: Room): number | undefined {
    const first = room.lines.find((line): line is Line => !isNote(line) && line.seq !== undefined);
    return first?.seq;
  }
}

/** Membership changes are in the log itself: whoever follows it needs not ask how many members there are now. */
function applyChange(room: Room, content: Message["content"]): void {
  const count = Array.isArray(content["users"]) ? content["users"].length : 1;
  switch (content["event"]) {
    case "joined":
      room.memberCount += 1;
      break;
    case "invited":
      room.memberCount += count;
      break;
    case "left":
      room.memberCount -= 1;
      break;
    case "removed":
    case "banned":
      room.memberCount -= count;
      break;
    case "renamed":
      if (typeof content["title"] === "string") room.title = content["title"];
      break;
    default:
  }
}

/** Puts a message where its seq says. False if it is there already with its seq. */
function place(room: Room, line: Line): boolean {
  const { lines } = room;
  const seq = line.seq ?? 0;
  let insertAt = 0;
  // From the end, where almost everything belongs.
  for (let at = lines.length - 1; at >= 0; at--) {
    const other = lines[at];
    if (other === undefined || isNote(other)) continue;
    if (other.seq === seq) return false;
    if (other.seq !== undefined && other.seq < seq) {
      insertAt = at + 1;
      break;
    }
  }
  const pendingAt = line.own
    ? lines.findIndex(
        (other) =>
          !isNote(other) &&
          other.own &&
          other.seq === undefined &&
          other.clientId === line.clientId,
      )
    : -1;
  if (pendingAt >= 0) lines.splice(pendingAt, 1);
  // A newest message goes below the program's notes, but above own ones that still wait.
  const newest = lines.slice(insertAt).every((other) => isNote(other) || other.seq === undefined);
  const firstPending = lines.findIndex((other) => !isNote(other) && other.seq === undefined);
  lines.splice(
    newest
      ? firstPending < 0
        ? lines.length
        : firstPending
      : pendingAt >= 0 && pendingAt < insertAt
        ? insertAt - 1
        : insertAt,
    0,
    line,
  );
  // Loading older ones must not push out what was just loaded.
  if (newest) trim(room);
  return true;
}

function trim(room: Room): void {
  if (room.lines.length > linesMax) room.lines.splice(0, room.lines.length - linesMax);
}
