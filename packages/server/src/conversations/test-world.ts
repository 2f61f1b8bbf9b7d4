import { systemClock, type Clock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { openMemoryStore } from "../store/memory/memory.ts";
import type { Appended, NewMessage, Store } from "../store/port.ts";
import { Changes, type Actor, type Plan } from "./changes.ts";
import { Conversations, type Announced, type ConversationsConfig } from "./conversations.ts";
import { Views } from "./views.ts";

export const as = (user: string): Actor => ({ user, device: "phone" });
export const uuid = () => systemRandom.uuid();

/** Conversations, changes and views over a store in memory, with the part of the send pipeline that they rely on. For tests. */
export class World {
  readonly time = { ms: 1_750_000_000_000 };
  readonly clock: Clock = { ...systemClock, now: () => this.time.ms };
  readonly store: Store;
  readonly conversations: Conversations;
  readonly changes: Changes;
  readonly views: Views;

  constructor(store: Store, config: Partial<ConversationsConfig>) {
    const { clock } = this;
    this.store = store;
    const usersExist = (users: readonly string[]) =>
      Promise.resolve(!users.some((user) => user.startsWith("ghost")));
    this.conversations = new Conversations({ store, clock, usersExist, config });
    const { conversations } = this;
    this.changes = new Changes({ conversations, store, clock, random: systemRandom, usersExist });
    this.views = new Views({ conversations, store, clock });
  }

  static async open(
    config: Partial<ConversationsConfig> = {},
    wrap = (store: Store) => store,
  ): Promise<World> {
    return new World(wrap(await openMemoryStore()), config);
  }

  /** Appends, and tells the conversations what was stored, as the committer does. */
  async commit(
    message: NewMessage,
  ): Promise<{ readonly result: Appended; readonly announced: Announced | undefined }> {
    const [result] = await this.store.messages.append([message]);
    if (result === undefined) throw new Error("The store answered nothing.");
    if (result.status !== "stored") return { result, announced: undefined };
    const { conversation, kind, change } = message;
    const at = { conversation, kind, seq: result.seq, time: result.time };
    return { result, announced: this.conversations.committed(at, change) };
  }

  /** Plans and carries out a change; answers its plan, and whom each of its messages moved. */
  async run<P extends Plan>(
    id: string,
    plan: () => Promise<P>,
  ): Promise<{ readonly plan: P; readonly moved: Announced[] }> {
    const done = this.conversations.exclusive.run(id, async () => {
      const planned = await plan();
      const moved: Announced[] = [];
      for (const message of planned.ok ? planned.messages : []) {
        const { announced } = await this.commit(message);
        if (announced !== undefined) moved.push(announced);
      }
      return { plan: planned, moved };
    });
    if (done === undefined) throw new Error("Too many changes wait.");
    return done;
  }

  /** A new group (or channel) of alice with these members; its id. */
  async group(
    members: readonly string[] = [],
    options: { open?: boolean; kind?: "group" | "channel" } = {},
  ): Promise<string> {
    const { kind = "group", open = false } = options;
    const params = { clientId: uuid(), kind, title: "Friends", members: [...members], open };
    const plan = await this.changes.create(as("alice"), params);
    if (!plan.ok) throw new Error(plan.error);
    for (const message of plan.messages) await this.commit(message);
    return plan.id;
  }

  async say(
    conversation: string,
    sender: string,
    text = "hello",
    more: Partial<NewMessage> = {},
  ): Promise<number> {
    const { result } = await this.tell(conversation, sender, text, more);
    if (!("seq" in result)) throw new Error(result.status);
    return result.seq;
  }

  /** As `say`, by anybody: the store may refuse it. */
  tell(conversation: string, sender: string, text = "hello", more: Partial<NewMessage> = {}) {
    const message: NewMessage = {
      conversation,
      sender,
      device: "phone",
      clientId: uuid(),
      clientSeq: 1,
      time: this.time.ms,
      kind: "text",
      content: JSON.stringify({ text }),
      priority: "normal",
      ...more,
    };
    return this.commit(message);
  }

  /** What a cached conversation should hold, by the store. */
  async truth(id: string) {
    const row = await this.store.conversations.get(id);
    const members = await this.store.conversations.members(id, undefined, 1_000);
    return {
      row,
      members: new Map(members.map(({ user, role, mutedUntil }) => [user, { role, mutedUntil }])),
    };
  }
}

/** Counts reads, and lets them wait as long as `hold` says. */
export function watched(hold: () => Promise<void> = () => Promise.resolve()) {
  const reads: string[] = [];
  const wrap = (store: Store): Store => {
    const slow =
      <A extends unknown[], R>(name: string, read: (...args: A) => Promise<R>) =>
      async (...args: A) => {
        reads.push(name);
        await hold();
        const answer = await read(...args);
        await hold();
        return answer;
      };
    const { conversations } = store;
    return {
      ...store,
      conversations: {
        ...conversations,
        get: slow("get", conversations.get),
        member: slow("member", conversations.member),
        members: slow("members", conversations.members),
      },
    };
  };
  return { reads, wrap };
}
