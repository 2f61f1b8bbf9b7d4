import type { Presence, Role, SeenStatus } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";

/** A group as one client is in it. */
export interface Room {
  readonly conversation: string;
  /** Its address as the client called it. */
  readonly jid: string;
  title: string;
  /** Members by user id, as far as they are listed; large groups list none but who speaks. */
  readonly members: Map<string, Member>;
  /** Whether comings and goings are told. */
  readonly watched: boolean;
  /** How far its history was shown when it was entered. */
  readonly shownSeq: number;
}

export interface Member {
  role: Role;
  /** May not speak for now. */
  muted: boolean;
  /** How far the client was told that this member has read; undefined before the first word of it. */
  read?: number;
  /** What the client was told of this member. */
  status: SeenStatus;
}

/** A room that is being entered. */
export class Entering {
  /** What arrives meanwhile, and how who changes is since; the newest of each. */
  readonly messages: Outgoing[] = [];
  readonly presences = new Map<string, Presence>();
  /** Whose presence is asked for. */
  members: ReadonlyMap<string, Member> = new Map();
}

/** A room that a client has asked for and not configured yet (XEP-0045 section 10.1): nothing is stored. */
export interface Drafted {
  readonly jid: string;
  readonly name: string;
  /** A dissolved conversation that has the name still. */
  readonly former: string | undefined;
}

/** Rooms that one client is in at once, and rooms that it has begun to make. */
export const roomsMax = 200;
const draftsMax = 10;

/** The rooms of one client. */
export class Rooms {
  readonly #byConversation = new Map<string, Room>();
  readonly #byJid = new Map<string, Room>();
  readonly #drafts = new Map<string, Drafted>();
  readonly entering = new Map<string, Entering>();
  /** The same by their addresses, before it is known what room that is. */
  readonly arriving = new Set<string>();

  get size(): number {
    return this.#byConversation.size;
  }

  all(): IterableIterator<Room> {
    return this.#byConversation.values();
  }

  /** Of all that the client is in or has begun. */
  jids(): readonly string[] {
    return [...this.#byJid.keys(), ...this.#drafts.keys()];
  }

  of(conversation: string): Room | undefined {
    return this.#byConversation.get(conversation);
  }

  at(jid: string): Room | undefined {
    return this.#byJid.get(jid);
  }

  add(room: Room): void {
    this.remove(room.conversation);
    this.#byConversation.set(room.conversation, room);
    this.#byJid.set(room.jid, room);
  }

  remove(conversation: string): Room | undefined {
    const room = this.#byConversation.get(conversation);
    if (room === undefined) return undefined;
    this.#byConversation.delete(conversation);
    this.#byJid.delete(room.jid);
    return room;
  }

  /** Nobody enters any more: the stream is gone on which somebody did. */
  interrupted(): void {
    this.entering.clear();
    this.arriving.clear();
  }

  draft(jid: string): Drafted | undefined {
    return this.#drafts.get(jid);
  }

  /** False if too many have been begun. */
  begin(draft: Drafted): boolean {
    if (this.#drafts.size >= draftsMax && !this.#drafts.has(draft.jid)) return false;
    this.#drafts.set(draft.jid, draft);
    return true;
  }

  dropDraft(jid: string): void {
    this.#drafts.delete(jid);
  }
}
