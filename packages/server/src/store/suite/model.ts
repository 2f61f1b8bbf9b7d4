import { directId } from "@godwit/protocol";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Appended, ConversationChange, NewMessage } from "../port.ts";
import type { Subject } from "../suite.ts";
import { change, creation, text, uuidOf } from "./samples.ts";

/** Few of each, so that runs meet the same ones again and again. */
const users = ["ann", "ben", "cyd"] as const;
const ids = [directId("ann", "ben"), "g:1:aaaaaaaa", "g:1:bbbbbbbb"] as const;

interface Entry {
  readonly message: NewMessage;
  readonly outcome: Appended & { status: "stored" };
}

/** An answer without the id, which the model does not know. */
interface Told {
  readonly status: Appended["status"];
  readonly seq?: number;
  readonly time?: number;
}

interface Member {
  joined: number;
  read: number;
  delivered: number;
  banned: boolean;
}

/** What a store is, as simply as it can be said: lists that are searched from end to end. */
class Model {
  readonly logs = new Map<string, { entries: Entry[]; members: Map<string, Member> }>();
  private readonly sent: Entry[] = [];

  open(id: string): void {
    if (!this.logs.has(id)) this.logs.set(id, { entries: [], members: new Map() });
  }

  find(message: NewMessage): Told | undefined {
    const before = this.sent.find(
      (entry) =>
        entry.message.sender === message.sender && entry.message.clientId === message.clientId,
    );
    if (before === undefined) return undefined;
    const payload = ({ conversation, clientSeq, kind, content, mentions }: NewMessage) =>
      JSON.stringify([conversation, clientSeq, kind, content, mentions ?? []]);
    if (payload(before.message) !== payload(message)) return { status: "conflict" };
    return { status: "duplicate", seq: before.outcome.seq, time: before.outcome.time };
  }

  append(message: NewMessage): Told {
    const before = this.find(message);
    if (before !== undefined) return before;
    const creates = message.change?.type === "create";
    if (creates && this.logs.has(message.conversation)) return { status: "conflict" };
    if (creates) this.open(message.conversation);
    const log = this.logs.get(message.conversation);
    if (log === undefined) return { status: "unknown" };
    if (message.kind !== "system" && log.members.get(message.sender)?.banned !== false)
      return { status: "not_member" };
    const entry: Entry = {
      message,
      outcome: { status: "stored", seq: log.entries.length + 1, id: 0, time: message.time },
    };
    log.entries.push(entry);
    this.sent.push(entry);
    if (message.change !== undefined) this.apply(log, message.change);
    return { status: "stored", seq: entry.outcome.seq, time: message.time };
  }

  join(id: string, user: string): void {
    const log = this.logs.get(id);
    const seq = log?.entries.length ?? 0;
    log?.members.set(user, { joined: seq, read: seq, delivered: seq, banned: false });
  }

  private apply(
    log: { entries: Entry[]; members: Map<string, Member> },
    body: ConversationChange,
  ): void {
    const seq = log.entries.length;
    const fresh = { joined: seq, read: seq, delivered: seq };
    if (body.type === "create")
      for (const { user } of body.members) log.members.set(user, { ...fresh, banned: false });
    if (body.type === "add") {
      for (const user of body.users)
        if (log.members.get(user)?.banned !== false)
          log.members.set(user, { ...fresh, banned: false });
    }
    if (body.type === "remove") {
      for (const user of body.users) {
        const banned = log.members.get(user)?.banned === true || body.ban;
        if (banned) log.members.set(user, { ...fresh, banned });
        else log.members.delete(user);
      }
    }
  }

  advance(id: string, user: string, delivered: number | undefined, read: number | undefined) {
    const log = this.logs.get(id);
    const member = log?.members.get(user);
    if (log === undefined || member === undefined || member.banned) return [];
    const before = { ...member };
    const end = log.entries.length;
    member.read = Math.max(member.read, Math.min(read ?? 0, end));
    member.delivered = Math.max(member.delivered, Math.min(delivered ?? 0, end), member.read);
    const moved = member.read !== before.read || member.delivered !== before.delivered;
    return [
      {
        conversation: id,
        user,
        delivered: member.delivered,
        read: member.read,
        unread: this.unread(id, user).length,
        moved,
      },
    ];
  }

  unread(id: string, user: string): Entry[] {
    const log = this.logs.get(id);
    return (log?.entries ?? [])
      .slice(log?.members.get(user)?.read ?? 0)
      .filter(({ message }) => message.kind !== "system" && message.sender !== user);
  }
}

type Operation =
  | { readonly type: "open" | "reopen" | "check" }
  | { readonly type: "append"; readonly batch: readonly NewMessage[] }
  | {
      readonly type: "advance";
      readonly id: string;
      readonly user: string;
      readonly delivered: number | undefined;
      readonly read: number | undefined;
    };

const user = fc.constantFrom(...users);
const group = fc.constantFrom(ids[1], ids[2]);
/** Client ids repeat now and then, with the same or another content. */
const message = fc
  .record({
    conversation: fc.constantFrom(...ids),
    sender: user,
    clientId: fc.integer({ min: 0, max: 400 }),
    content: fc.constantFrom("{}", '{"text":"x"}'),
    mentions: fc.option(fc.subarray<string>([...users, "*"], { minLength: 1 }), {
      nil: undefined,
      freq: 3,
    }),
  })
  .map(({ conversation, sender, clientId, content, mentions }) =>
    text(conversation, sender, {
      clientId: uuidOf(1_000_000 + clientId),
      content,
      ...(mentions === undefined ? {} : { mentions }),
    }),
  );
const changing = fc
  .record({
    conversation: group,
    sender: user,
    clientId: fc.integer({ min: 0, max: 60 }),
    change: fc.oneof(
      fc.record({
        type: fc.constant("add" as const),
        users: fc.subarray([...users], { minLength: 1 }),
      }),
      fc.record({
        type: fc.constant("remove" as const),
        users: fc.subarray([...users], { minLength: 1 }),
        ban: fc.boolean(),
      }),
    ),
  })
  .map((made) =>
    change(made.conversation, made.sender, made.change, {
      clientId: uuidOf(2_000_000 + made.clientId),
    }),
  );
const making = fc
  .record({
    conversation: group,
    members: fc.subarray([...users], { minLength: 1 }),
    clientId: fc.integer({ min: 0, max: 9 }),
  })
  .map((made) =>
    creation(made.conversation, made.members, { clientId: uuidOf(3_000_000 + made.clientId) }),
  );
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("append" as const),
      batch: fc.array(fc.oneof({ weight: 12, arbitrary: message }, changing, making), {
        maxLength: 12,
      }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("advance" as const),
      id: fc.constantFrom(...ids),
      user,
      delivered: fc.option(fc.nat(60), { nil: undefined }),
      read: fc.option(fc.nat(60), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom("open" as const, "reopen" as const, "check" as const),
    }),
  },
);

/** So that most of what follows meets something. */
const beginning: readonly Operation[] = [
  { type: "open" },
  { type: "append", batch: [creation(ids[1], ["ann", "ben"], { clientId: uuidOf(4_000_000) })] },
];

export function modelCases(get: () => Subject): void {
  describe("model", () => {
    test("any run of calls gets the answers that the model gives", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(operation, { minLength: 5, maxLength: 40 }),
          async (operations) => {
            const subject = await get().fresh();
            const model = new Model();
            for (const one of [...beginning, ...operations]) await step(subject, model, one);
            await check(subject, model);
            await subject.reopen();
            await check(subject, model);
            await subject.store.close();
          },
        ),
        { numRuns: 25 },
      );
    }, 60_000);
  });
}

async function step(subject: Subject, model: Model, one: Operation): Promise<void> {
  const { store } = subject;
  if (one.type === "reopen") await subject.reopen();
  if (one.type === "check") await check(subject, model);
  if (one.type === "open") {
    await store.conversations.openDirect(ids[0], 1);
    if (!model.logs.has(ids[0])) {
      model.open(ids[0]);
      for (const name of ["ann", "ben"]) model.join(ids[0], name);
    }
  }
  if (one.type === "append") {
    const found = await Promise.all(one.batch.map((entry) => store.messages.find(entry)));
    expect(found.map((outcome) => outcome && told(outcome))).toEqual(
      one.batch.map((entry) => model.find(entry)),
    );
    const outcomes = await store.messages.append(one.batch);
    const expected = one.batch.map((entry) => model.append(entry));
    expect(outcomes.map(told)).toEqual(expected);
  }
  if (one.type === "advance") {
    const { id, user: name, delivered, read } = one;
    expect(
      await store.messages.advance([{ conversation: id, user: name, delivered, read, time: 1 }]),
    ).toEqual(model.advance(id, name, delivered, read));
  }
}

function told(outcome: Appended): Told {
  return "id" in outcome
    ? { status: outcome.status, seq: outcome.seq, time: outcome.time }
    : outcome;
}

/** Compares everything that can be read. */
async function check({ store }: Subject, model: Model): Promise<void> {
  for (const id of ids) {
    const log = model.logs.get(id);
    const read = await store.messages.range(id, 1, 10_000, 10_000, "oldest");
    expect(
      read.map(({ seq, sender, clientId, content }) => [seq, sender, clientId, content]),
    ).toEqual(
      (log?.entries ?? []).map(({ message: { sender, clientId, content } }, index) => [
        index + 1,
        sender,
        clientId,
        content,
      ]),
    );
    const members = [...(log?.members ?? [])]
      .filter(([, { banned }]) => !banned)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    expect(
      (await store.conversations.members(id, undefined, 99)).map((row) => [
        row.user,
        row.delivered,
        row.read,
      ]),
    ).toEqual(members.map(([name, { delivered, read: seq }]) => [name, delivered, seq]));
    expect((await store.conversations.get(id))?.memberCount).toBe(
      log === undefined ? undefined : members.length,
    );
    for (const [name] of members) {
      const unread = model.unread(id, name);
      const mentions = unread.filter(
        ({ message: { mentions: names } }) =>
          names?.some((one) => one === "*" || one === name) === true,
      ).length;
      expect(await store.conversations.views(name, [id])).toMatchObject([
        { unread: unread.length, mentions, conversation: { lastSeq: log?.entries.length ?? 0 } },
      ]);
    }
  }
}
