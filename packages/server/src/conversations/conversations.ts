import { directMembers } from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { ConversationChange, ConversationRow, Store, StoredMessage } from "../store/port.ts";
import { applyChange, type ApplyLimits } from "./apply.ts";
import { ConvCache } from "./cache.ts";
import {
  ConvState,
  createdConv,
  directStandings,
  memberStandings,
  nobodyMoved,
  standingIn,
  standingOf,
  type Announced,
  type Conv,
  type Standing,
} from "./conv.ts";
import { Exclusive } from "./exclusive.ts";

export type { Announced, Conv, Standing } from "./conv.ts";

export interface ConversationsConfig {
  /** Groups with more members are large: read-diffused, members not held in memory. */
  readonly largeGroupMembers: number;
  readonly groupMembersMax: number;
  /** Conversations held in memory. Past it, those not used lately are dropped. */
  readonly cacheEntriesMax: number;
  /** Members held in memory over all conversations; same policy. */
  readonly cacheMembersMax: number;
  /** Standings of single users held per large group; the oldest is dropped first. */
  readonly standingsPerGroupMax: number;
  /** Changes of one conversation that wait for each other; more are refused as busy. */
  readonly changesWaitingMax: number;
}

const conversationsDefaults: ConversationsConfig = {
  largeGroupMembers: 500,
  groupMembersMax: 1_000_000,
  cacheEntriesMax: 100_000,
  cacheMembersMax: 500_000,
  standingsPerGroupMax: 20_000,
  changesWaitingMax: 64,
};

export interface ConversationsDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Whether all of these users exist. */
  readonly usersExist: (users: readonly string[]) => Promise<boolean>;
  readonly config: Partial<ConversationsConfig>;
}

interface Flight {
  readonly promise: Promise<ConvState | undefined>;
  /** What committed while the store was being read, in order. */
  readonly behind: CommittedMessage[];
  overflowed: boolean;
}

/** The part of a stored message that matters to its conversation. */
export type CommittedMessage = Pick<StoredMessage, "conversation" | "seq" | "kind" | "time"> & {
  readonly change?: ConversationChange | undefined;
};

const membersPerRead = 500;
/** Commits kept beside one read; past it the read starts again. */
const behindMax = 10_000;
const readAttemptsMax = 5;

/**
 * What this node knows of conversations: a bounded cache in front of the store, kept exact by `committed`. It writes no messages: a membership
 * change is planned by `Changes`, goes through the send pipeline like any message, and takes effect here when it has committed.
 */
export class Conversations {
  /** One change at a time per conversation: plan, append and `committed` belong inside one run. */
  readonly exclusive: Exclusive;
  readonly config: ConversationsConfig;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #usersExist: (users: readonly string[]) => Promise<boolean>;
  readonly #cache: ConvCache;
  readonly #flights = new Map<string, Flight>();
  readonly #limits: ApplyLimits;

  constructor(deps: ConversationsDeps) {
    this.config = { ...conversationsDefaults, ...deps.config };
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#usersExist = deps.usersExist;
    this.#cache = new ConvCache(this.config.cacheEntriesMax, this.config.cacheMembersMax);
    this.#limits = {
      largeGroupMembers: this.config.largeGroupMembers,
      standingsMax: this.config.standingsPerGroupMax,
    };
    this.exclusive = new Exclusive(this.config.changesWaitingMax);
  }

  /** Conversations, and conversations and members together, that are held in memory now. */
  get cached(): { readonly conversations: number; readonly weight: number } {
    return { conversations: this.#cache.size, weight: this.#cache.weight };
  }

  /** The conversation if it is in memory. Synchronous, without allocation: the way of every send. */
  peek(id: string): Conv | undefined {
    return this.#cache.get(id);
  }

  /** The conversation from memory or the store; undefined if there is none. Callers at the same time share one read. */
  load(id: string): Promise<Conv | undefined> {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return Promise.resolve(cached);
    return this.#read(id);
  }

  /**
   * The direct conversation with this id, made if it is not there. The caller has checked that the user is one of the two (`refusedById`).
   * Undefined if one of them does not exist.
   */
  async openDirect(id: string): Promise<Conv | undefined> {
    const there = await this.load(id);
    if (there !== undefined) return there;
    const users = directMembers(id);
    if (users === undefined || !(await this.#usersExist([...new Set(users)]))) return undefined;
    await this.#store.conversations.openDirect(id, this.#clock.now());
    return this.load(id);
  }

  /** What the user is in the conversation: null for a known stranger, undefined if `loadStanding` must ask the store. Synchronous, without allocation. */
  standing(conversation: Conv, user: string): Standing | null | undefined {
    return standingIn(conversation, user);
  }

  async loadStanding(conversation: Conv, user: string): Promise<Standing | null> {
    const held = this.standing(conversation, user);
    if (held !== undefined) return held;
    return (await this.loadStandings(conversation, [user])).get(user) ?? null;
  }

  /** Standings of several users at once; every one of them is in the answer, strangers as null. */
  async loadStandings(
    conversation: Conv,
    users: readonly string[],
  ): Promise<ReadonlyMap<string, Standing | null>> {
    for (let attempt = 1; ; attempt += 1) {
      const state = this.#cache.get(conversation.id);
      const from = state ?? conversation;
      const changes = state?.changes;
      const found = new Map<string, Standing | null>();
      for (const user of users) found.set(user, this.standing(from, user) ?? null);
      const missing = users.filter((user) => this.standing(from, user) === undefined);
      if (missing.length === 0) return found;
      const rows = await this.#store.conversations.member(conversation.id, missing);
      for (const row of rows) found.set(row.user, standingOf(row.role, row.mutedUntil));
      // A change that committed meanwhile may be newer than the rows: read again rather than keep what is out of date.
      const raced = state !== undefined && state.changes !== changes;
      if (raced && attempt < readAttemptsMax) continue;
      if (!raced && state !== undefined && this.#cache.get(state.id) === state) {
        for (const user of missing)
          state.learn(user, found.get(user) ?? null, this.config.standingsPerGroupMax);
        this.#cache.reweigh(state);
      }
      return found;
    }
  }

  /**
   * Takes note of a message that the store answered `stored`, in commit order and before it is announced; never for duplicates. Synchronous, O(users
   * named in the change). Answers whom it brought in and took out. A second call for the same message changes nothing and answers nobody.
   */
  committed(message: CommittedMessage, change: ConversationChange | undefined): Announced {
    const state = this.#cache.get(message.conversation);
    if (state === undefined) return this.#committedUncached(message, change);
    if (message.seq <= state.announced) return nobodyMoved;
    state.announced = message.seq;
    // A load read past this message before it was announced: the state has it, the users do not know yet.
    if (message.seq <= state.lastSeq) return claimed(change);
    if (message.seq !== state.lastSeq + 1) {
      this.#cache.drop(state.id);
      return claimed(change);
    }
    return this.#apply(state, message, change);
  }

  #apply(
    state: ConvState,
    message: CommittedMessage,
    change: ConversationChange | undefined,
  ): Announced {
    state.lastSeq = message.seq;
    if (message.kind !== "system") state.visible += 1;
    if (change === undefined) return nobodyMoved;
    const result = applyChange(state, change, this.#limits);
    // Half as many members as make a group large: read it anew, as a small one. The distance keeps a group at the bound from going to and fro.
    const shrunk = state.large && state.memberCount <= this.config.largeGroupMembers / 2;
    if (!result.exact || shrunk) this.#cache.drop(state.id);
    else this.#cache.reweigh(state);
    return result;
  }

  #committedUncached(message: CommittedMessage, change: ConversationChange | undefined): Announced {
    const flight = this.#flights.get(message.conversation);
    if (flight !== undefined) {
      if (flight.behind.length < behindMax) {
        const { conversation, seq, kind, time } = message;
        flight.behind.push({ conversation, seq, kind, time, change });
      } else flight.overflowed = true;
    }
    if (change?.type === "create" && message.seq === 1) {
      const { largeGroupMembers } = this.config;
      const state = createdConv(message.conversation, change, message.time, largeGroupMembers);
      state.announced = 1;
      this.#cache.put(state);
    }
    return claimed(change);
  }

  #read(id: string): Promise<ConvState | undefined> {
    const under = this.#flights.get(id);
    if (under !== undefined) return under.promise;
    const flight: Flight = {
      promise: Promise.resolve().then(() => this.#fetch(id, flight)),
      behind: [],
      overflowed: false,
    };
    this.#flights.set(id, flight);
    const landed = () => this.#flights.delete(id);
    flight.promise.then(landed, landed);
    return flight.promise;
  }

  /**
   * The row is read first and says up to which seq the state holds; the members are read after it and may be newer. What committed since the row was
   * read is applied on top: each change sets what it changes, so that applying it to a state that has it already does no harm.
   */
  async #fetch(id: string, flight: Flight): Promise<ConvState | undefined> {
    for (let attempt = 1; attempt <= readAttemptsMax; attempt += 1) {
      flight.behind.length = 0;
      flight.overflowed = false;
      const row = await this.#store.conversations.get(id);
      if (row === undefined) return this.#cache.get(id);
      const state = new ConvState(row, await this.#readMembers(row));
      if (flight.overflowed) continue;
      const made = this.#cache.get(id);
      if (made !== undefined) return made;
      this.#cache.put(state);
      for (const message of flight.behind) {
        if (message.seq <= state.lastSeq) continue;
        this.#apply(state, message, message.change);
        state.announced = message.seq;
      }
      return state;
    }
    throw new Error(`Reading conversation ${id} did not catch up with what commits in it.`);
  }

  async #readMembers(row: ConversationRow): Promise<Map<string, Standing> | undefined> {
    if (row.kind === "direct") return directStandings(row.id);
    const members = new Map<string, Standing>();
    let after: string | undefined;
    while (row.memberCount <= this.config.largeGroupMembers) {
      const rows = await this.#store.conversations.members(row.id, after, membersPerRead);
      for (const [user, standing] of memberStandings(rows)) members.set(user, standing);
      if (members.size > this.config.largeGroupMembers) return undefined;
      if (rows.length < membersPerRead) return members;
      after = rows.at(-1)?.user;
    }
    return undefined;
  }
}

/** Whom a change names, where the state before it is not at hand. Plans name only users whom they move. */
function claimed(change: ConversationChange | undefined): Announced {
  if (change?.type === "add") return { added: change.users, removed: nobodyMoved.removed };
  if (change?.type === "remove") return { added: nobodyMoved.added, removed: change.users };
  if (change?.type !== "create") return nobodyMoved;
  return { added: change.members.map((member) => member.user), removed: nobodyMoved.removed };
}
