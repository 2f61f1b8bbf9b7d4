import { SQLiteError } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationView, NewMessage, StoredMessage } from "../port.ts";
import { change, creation, group, text, uuidOf } from "../suite/samples.ts";
import { BatchEncoder, decodeOutcomes } from "./batch.ts";
import { Engine, type WriteJob } from "./engine.ts";
import { defaultSizes } from "./limits.ts";

const users = ["alice", "bob", "carol"];
/** A job that fails by itself: a device without a name. */
const poison: WriteJob = { type: "call", name: "putDevice", args: ["alice", { device: null }] };

let root: string;
let engines: Engine[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "godwit-engine-"));
});

afterEach(() => {
  for (const engine of engines) engine.close();
  engines = [];
  rmSync(root, { recursive: true });
});

/** An engine in this thread, with small segments so that indexing happens. */
class Bench {
  readonly engine: Engine;
  private readonly encoder;

  constructor(sizes = {}, encoder = new BatchEncoder()) {
    this.encoder = encoder;
    this.engine = new Engine({
      dir: mkdtempSync(join(root, "store-")),
      salt: new Uint8Array(8),
      sizes: {
        ...defaultSizes,
        tailRows: 4_096,
        segmentRows: 16,
        restRows: 8,
        spanRows: 4,
        partRows: 64,
        heads: 2,
        ...sizes,
      },
    });
    engines.push(this.engine);
  }

  job(batch: readonly NewMessage[]): WriteJob {
    const encoded = this.encoder.encode(batch);
    if (encoded.texts !== undefined) this.engine.learn(encoded.texts);
    return this.engine.accept(encoded);
  }

  /** Commits jobs as one group; the statuses of each append, or the error. */
  commit(...jobs: WriteJob[]): (string[] | Error)[] {
    return this.engine.commit(jobs).map((outcome, index) => {
      if (!outcome.ok) return outcome.error;
      const job = jobs[index];
      if (job?.type !== "append") return [];
      return decodeOutcomes((outcome.value as Float64Array).buffer, job.batch.count).map(
        ({ status }) => status,
      );
    });
  }

  send(...batch: NewMessage[]): string[] {
    const outcome = this.commit(this.job(batch))[0];
    if (outcome === undefined || outcome instanceof Error)
      throw outcome ?? new Error("There is no outcome.");
    return outcome;
  }

  log(): StoredMessage[] {
    return this.engine.reads.range(group, 1, 100_000, 100_000, "oldest");
  }

  views(): (ConversationView | undefined)[] {
    return users.map((user) => this.engine.reads.views(user, [group])[0]);
  }
}

describe("group commit", () => {
  test("commits what waits together, once", () => {
    const bench = new Bench();
    bench.send(creation(group, users));
    const before = bench.engine.stats.commits;
    const jobs = Array.from({ length: 50 }, () =>
      bench.job([text(group, "alice"), text(group, "bob")]),
    );
    expect(bench.commit(...jobs)).toEqual(jobs.map(() => ["stored", "stored"]));
    expect(bench.engine.stats.commits).toBe(before + 1);
    expect(bench.log().map(({ seq }) => seq)).toEqual(
      Array.from({ length: 101 }, (_, index) => index + 1),
    );
  });

  test("a job that fails takes only itself back", () => {
    const bench = new Bench();
    const before = bench.job([creation(group, users), text(group, "alice", { mentions: ["bob"] })]);
    const after = bench.job([text(group, "bob"), text("g:1:unknownn", "bob")]);
    const [first, second, third] = bench.commit(before, poison, after);
    expect(first).toEqual(["stored", "stored"]);
    expect(second).toBeInstanceOf(Error);
    expect(third).toEqual(["stored", "unknown"]);
    expect(bench.views()).toMatchObject([{ unread: 1 }, { unread: 1, mentions: 1 }, { unread: 2 }]);
    expect(bench.engine.reads.devices("alice")).toEqual([]);
  });

  test("duplicates are found across the jobs of one group", () => {
    const bench = new Bench();
    bench.send(creation(group, users));
    const message = text(group, "alice");
    expect(
      bench.commit(
        bench.job([message]),
        bench.job([message]),
        bench.job([{ ...message, content: "{}" }]),
      ),
    ).toEqual([["stored"], ["duplicate"], ["conflict"]]);
  });

  test("whatever fails in whatever order, memory and file say what they would have said without it", () => {
    const message = fc
      .record({ sender: fc.constantFrom(...users), number: fc.nat(500), mention: fc.boolean() })
      .map(({ sender, number, mention }) =>
        text(group, sender, {
          clientId: uuidOf(number),
          content: `{"n":${number}}`,
          ...(mention ? { mentions: ["bob"] } : {}),
        }),
      );
    const move = fc
      .record({
        user: fc.constantFrom("bob", "carol"),
        away: fc.boolean(),
        number: fc.nat(100_000),
      })
      .map(({ user, away, number }) =>
        change(
          group,
          "alice",
          away ? { type: "remove", users: [user], ban: false } : { type: "add", users: [user] },
          { clientId: uuidOf(1_000_000 + number) },
        ),
      );
    const batch = fc.array(fc.oneof({ weight: 6, arbitrary: message }, move), {
      minLength: 1,
      maxLength: 6,
    });
    const work = fc.oneof(
      { weight: 4, arbitrary: batch },
      fc.constant("poison" as const),
      fc.record({ user: fc.constantFrom(...users), read: fc.nat(40) }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(work, { minLength: 1, maxLength: 5 }), { maxLength: 12 }),
        (groups) => {
          const failing = new Bench();
          const sound = new Bench();
          for (const bench of [failing, sound])
            bench.send(creation(group, users, { clientId: uuidOf(9_000_000) }));
          for (const one of groups) {
            const jobs = (bench: Bench): WriteJob[] =>
              one
                .filter((each) => bench === failing || each !== "poison")
                .map((each) => {
                  if (each === "poison") return poison;
                  if (Array.isArray(each)) return bench.job(each);
                  return {
                    type: "call",
                    name: "advance",
                    args: [[{ conversation: group, user: each.user, read: each.read, time: 1 }]],
                  };
                });
            const outcomes = failing.commit(...jobs(failing));
            expect(outcomes.filter((outcome) => !(outcome instanceof Error))).toEqual(
              sound.commit(...jobs(sound)),
            );
            failing.engine.maintain(5, true);
          }
          expect(failing.log()).toEqual(sound.log());
          expect(failing.views()).toEqual(sound.views());
        },
      ),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe("bounds", () => {
  test("a store at its quota refuses as full, takes nothing, and reads on", () => {
    const bench = new Bench({ pages: 60, checkpointPages: 10 });
    bench.send(creation(group, users));
    let outcome: string[] | Error | undefined;
    let sent = 0;
    for (; sent < 1_000 && !(outcome instanceof Error); sent += 1) {
      outcome = bench.commit(
        bench.job([text(group, "alice", { content: JSON.stringify({ text: "z".repeat(4_000) }) })]),
      )[0];
    }
    expect(outcome).toMatchObject({ name: "StoreError", reason: "full" });
    expect(bench.log()).toHaveLength(sent);
    expect(bench.views()[1]).toMatchObject({ unread: sent - 1, conversation: { lastSeq: sent } });
  });

  test("appending faster than slices index makes room by itself", () => {
    const bench = new Bench({ tailRows: 64 });
    bench.send(creation(group, users));
    for (let round = 0; round < 20; round += 1)
      bench.send(...Array.from({ length: 40 }, () => text(group, "alice")));
    expect(bench.log().map(({ seq }) => seq)).toEqual(
      Array.from({ length: 801 }, (_, index) => index + 1),
    );
    expect(bench.views()).toMatchObject([{ unread: 0 }, { unread: 800 }, { unread: 800 }]);
  });

  test("more texts than the dictionary holds make it start anew, also while batches wait", () => {
    const bench = new Bench({}, new BatchEncoder(32));
    const many = Array.from({ length: 60 }, (_, round) => `user${round}`);
    bench.send(creation(group, many));
    const sent = many.map((user, round) => text(group, user, { device: `device${round % 7}` }));
    for (let from = 0; from < sent.length; from += 20)
      bench.commit(...sent.slice(from, from + 20).map((message) => bench.job([message])));
    expect(bench.log().slice(1)).toMatchObject(
      sent.map(({ sender, device, clientId }) => ({ sender, device, clientId })),
    );
  });
});

/** Runs a read that goes on in slices to its end. */
function inSlices<T>(read: T | Generator<undefined, T, undefined>): { slices: number; value: T } {
  const steps = read as Generator<undefined, T, undefined>;
  for (let slices = 1; ; slices += 1) {
    const step = steps.next();
    if (step.done === true) return { slices, value: step.value };
  }
}

test("who has read a message is counted up to a bound, and found beyond it page by page", () => {
  const many = Array.from({ length: 9_500 }, (_, index) => `u${String(index).padStart(5, "0")}`);
  const readers = [many[10], many[5_000], many[9_000], many[9_400]] as string[];
  const ask = (bench: Bench, after: string | undefined, limit: number) =>
    inSlices(bench.engine.reads.receipts(group, 2, "read", after, limit));
  const fill = (sizes = {}) => {
    const bench = new Bench(sizes);
    bench.send(creation(group, ["owner", ...many]), text(group, "owner"));
    const moves = readers.map((user) => ({ conversation: group, user, read: 2, time: 1 }));
    bench.commit({ type: "call", name: "advance", args: [moves] });
    return bench;
  };
  const whole = ask(fill(), undefined, 3);
  expect(whole.value).toMatchObject({ total: 4, totalPartial: false });
  expect(whole.value.members.map(({ user }) => user)).toEqual(readers.slice(0, 3));
  expect(whole.value).not.toHaveProperty("next");

  const bench = fill({ scanRows: 4_000 });
  const pages = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const { slices, value } = ask(bench, after, 3);
    expect(slices).toBeLessThan(4);
    // The owner comes first by name.
    expect(value).toMatchObject({ total: 1, totalPartial: true });
    pages.push(value.members.map(({ user }) => user));
    after = value.next;
    expect(pages.length).toBeLessThan(9);
  }
  expect(pages.flat()).toEqual(readers);
});

test("a search that very many accounts match is cut, and says so", () => {
  const bench = new Bench({ scanRows: 4_000 });
  bench.commit(
    ...Array.from({ length: 9_000 }, (_, index): WriteJob => {
      const user = `u${index}`;
      const account = { user, admin: false, disabled: false, tokensValidFrom: 0, createdAt: 1 };
      return { type: "call", name: "createAccount", args: [account] };
    }),
  );
  const search = (prefix: string) =>
    inSlices(bench.engine.reads.listAccounts(prefix, undefined, 20));
  const broad = search("u");
  expect(broad.slices).toBeLessThan(4);
  expect(broad.value.cut).toBe(true);
  expect(broad.value.accounts).toHaveLength(20);
  const narrow = search("u899");
  expect(narrow.value.cut).toBe(false);
  expect(narrow.value.accounts.map(({ user }) => user)).toContain("u8999");
});

test("a search that many accounts match goes on in slices and finds what a look at all would", () => {
  const bench = new Bench();
  // Most have the same name, and case puts ids in another order than the index has them.
  const accounts = Array.from({ length: 9_000 }, (_, index) => ({
    user: `${index % 3 === 0 ? "U" : "u"}${index}`,
    name: index % 7 === 0 ? "Other" : "user",
    admin: false,
    disabled: false,
    tokensValidFrom: 0,
    createdAt: 1,
  }));
  bench.commit(
    ...accounts.map((account): WriteJob => ({
      type: "call",
      name: "createAccount",
      args: [account],
    })),
  );
  const search = (prefix: string, after: string | undefined) => {
    const { slices, value } = inSlices(bench.engine.reads.listAccounts(prefix, after, 20));
    expect(value.cut).toBe(false);
    return { slices, users: value.accounts.map(({ user }) => user) };
  };
  for (const [prefix, after] of [
    ["u", undefined],
    ["u", "U999"],
    ["u", "u98"],
    ["user", undefined],
    ["oth", "u1"],
    ["u12", undefined],
  ] as const) {
    const expected = accounts
      .filter(
        ({ user, name }) =>
          user.toLowerCase().startsWith(prefix) || name.toLowerCase().startsWith(prefix),
      )
      .map(({ user }) => user)
      .filter((user) => user > (after ?? ""))
      .sort();
    const { users, slices } = search(prefix, after);
    expect(users).toEqual(expected.slice(0, 20));
    if (prefix === "u") expect(slices).toBeGreaterThan(3);
  }
});

describe("a failed sync", () => {
  test("ends writing for good, and leaves what was stored to read", () => {
    const bench = new Bench();
    expect(bench.send(creation(group, users), text(group, "alice"))).toEqual(["stored", "stored"]);
    // The disk cannot be made to fail a sync here; SQLite reports it by this code.
    const { endWrite } = bench.engine as unknown as { endWrite: { run: () => void } };
    const failure = Object.assign(Object.create(SQLiteError.prototype) as SQLiteError, {
      name: "SQLiteError",
      message: "disk I/O error",
      code: "SQLITE_IOERR_FSYNC",
    });
    const run = endWrite.run.bind(endWrite);
    endWrite.run = () => {
      throw failure;
    };
    const [refused] = bench.commit(bench.job([text(group, "alice")]));
    expect(refused).toMatchObject({ reason: "unavailable" });
    endWrite.run = run;
    const [later] = bench.commit(bench.job([text(group, "alice")]));
    expect(later).toMatchObject({ reason: "unavailable" });
    expect((later as Error).message).toContain("restart");
    expect(() => bench.engine.probe()).toThrow("restart");
    expect(() => bench.engine.maintain(1, true)).toThrow("restart");
    expect(bench.log()).toHaveLength(2);
  });
});
