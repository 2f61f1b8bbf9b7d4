import { describe, expect, test } from "bun:test";
import { FakeClock } from "../lib/testing/fake-clock.ts";
import { StoreError, type NewMessage } from "../store/port.ts";
import { Committer, type CommitterConfig } from "./committer.ts";
import type { Outcome, Submission } from "./submission.ts";
import { HeldStore, listeningLog, settled } from "./testing.ts";

const windowMs = 2;
const worthwhile = 512;

function world(config: Partial<CommitterConfig> = {}) {
  const clock = new FakeClock();
  const store = new HeldStore();
  const { log, lines } = listeningLog();
  /** Everything in the order in which it happened: `ack` to the sender, `tell` to the others. */
  const story: string[] = [];
  const outcomes = new Map<string, Outcome>();
  const committer = new Committer({
    config: {
      commitWindowMs: windowMs,
      batchEntriesMax: 4_096,
      ringEntriesMax: 1_024,
      ringBytesMax: 1_048_576,
      importantReserveEntries: 4,
      ...config,
    },
    store: store.messages,
    clock,
    log,
    announce: (message) => {
      story.push(`tell ${message.clientId} ${message.seq}`);
      if (message.content === "deaf") throw new Error("as played");
    },
  });
  const message = (clientId: string, more: Partial<NewMessage> = {}): NewMessage => ({
    conversation: "g",
    sender: "ann",
    device: "phone",
    clientId,
    clientSeq: 1,
    time: clock.now(),
    kind: "text",
    content: "{}",
    priority: "normal",
    ...more,
  });
  const submission = (clientId: string, more: Partial<NewMessage> = {}): Submission => ({
    message: message(clientId, more),
    origin: {
      receiver: undefined,
      settle: (_request, _conversation, outcome) => {
        expect(outcomes.has(clientId)).toBe(false);
        outcomes.set(clientId, outcome);
        story.push("error" in outcome ? `${outcome.error} ${clientId}` : `ack ${clientId}`);
        if (more.content === "broken") throw new Error("as played");
      },
    },
    request: undefined,
    source: undefined,
    conversation: undefined,
  });
  const submit = (clientId: string, more: Partial<NewMessage> = {}) =>
    committer.submit(submission(clientId, more));
  const find = (clientId: string, more: Partial<NewMessage> = {}) =>
    committer.find(message(clientId, more));
  const batches = () => store.appends.map(({ batch }) => batch.map(({ clientId }) => clientId));
  return { clock, store, committer, submit, find, batches, story, outcomes, lines };
}

const important = { priority: "important" } as const;
const normal = { priority: "normal" } as const;

describe("Committer", () => {
  test("waits the window for company, then commits in order, acknowledges, and announces", async () => {
    const { clock, store, submit, batches, story } = world();
    submit("a");
    submit("b");
    clock.advance(windowMs - 0.5);
    expect(batches()).toEqual([]);
    submit("c");
    clock.advance(0.5);
    expect(batches()).toEqual([["a", "b", "c"]]);
    expect(story).toEqual([]);
    await store.appends[0]?.commit();
    expect(story).toEqual(["ack a", "tell a 1", "ack b", "tell b 2", "ack c", "tell c 3"]);
    expect(clock.pending).toBe(0);
  });

  test("after a pause waits for nobody but who comes in the same turn", async () => {
    const { clock, store, submit, batches } = world();
    clock.advance(5 * windowMs);
    submit("a");
    submit("b");
    expect(batches()).toEqual([]);
    await settled();
    expect(batches()).toEqual([["a", "b"]]);
    await store.appends[0]?.commit();
    submit("c");
    await settled();
    expect(batches()).toHaveLength(1);
    clock.advance(windowMs);
    expect(batches()).toEqual([["a", "b"], ["c"]]);
    await store.appends[1]?.commit();
    expect(clock.pending).toBe(0);
  });

  test("a full batch that leaves at once after a pause takes no later message with it", async () => {
    const { clock, store, submit, batches } = world();
    clock.advance(5 * windowMs);
    for (let index = 0; index < worthwhile; index++) submit(`${index}`);
    await settled();
    expect(batches()).toHaveLength(1);
    await store.appends[0]?.commit();
    submit("later");
    await settled();
    expect(batches()).toHaveLength(1);
    clock.advance(windowMs);
    expect(batches()[1]).toEqual(["later"]);
  });

  test("goes on with the others when an acknowledgement or an announcement throws", async () => {
    const { clock, store, committer, submit, story, lines } = world();
    submit("a");
    submit("b", { content: "broken" });
    submit("c", { content: "deaf" });
    submit("d");
    clock.advance(windowMs);
    await store.appends[0]?.commit();
    expect(story.filter((step) => step.startsWith("ack"))).toEqual(
      ["a", "b", "c", "d"].map((each) => `ack ${each}`),
    );
    expect(story.filter((step) => step.startsWith("tell"))).toHaveLength(4);
    expect(committer.stats).toMatchObject({ faults: 2, messages: 4, failed: 0 });
    expect(lines).toEqual(["telling an outcome failed", "telling an outcome failed"]);
    submit("e", { content: "broken" });
    submit("f");
    clock.advance(windowMs);
    await store.appends[1]?.fail(new StoreError("full", "as played"));
    expect(story.slice(-2)).toEqual(["storage_full e", "storage_full f"]);
    expect(committer.idle).toBe(true);
  });

  test("reads from the others again when one throws", async () => {
    const { clock, store, committer, submit } = world({ ringEntriesMax: 4 });
    const resumed: string[] = [];
    const source = (name: string) => ({
      pause: () => undefined,
      resume: () => {
        resumed.push(name);
        if (name === "bad") throw new Error("as played");
      },
    });
    for (const name of ["a", "b", "c"]) submit(name);
    for (const name of ["bad", "good"]) committer.pauseIfFilling(source(name), normal);
    clock.advance(windowMs);
    await store.appends[0]?.commit();
    expect(resumed).toEqual(["bad", "good"]);
    expect(committer.stats.faults).toBe(1);
  });

  test("does not wait for the window once a batch is worth its sync", () => {
    const { submit, batches } = world();
    for (let count = 0; count < worthwhile; count++) submit(`${count}`);
    expect(batches().map((batch) => batch.length)).toEqual([worthwhile]);
  });

  test("has one normal batch with the store at a time, and hands over the next before telling of the last", async () => {
    const { clock, store, submit, batches, story } = world();
    submit("a");
    clock.advance(windowMs);
    for (let count = 0; count < worthwhile; count++) submit(`b${count}`);
    clock.advance(10 * windowMs);
    expect(batches()).toHaveLength(1);
    await store.appends[0]?.commit();
    expect(batches()).toHaveLength(2);
    expect(story).toEqual(["ack a", "tell a 1"]);
  });

  test("does not let wait again what waited for the window while the store was slow", async () => {
    const { clock, store, submit, batches } = world();
    submit("a");
    clock.advance(windowMs);
    submit("b");
    clock.advance(windowMs);
    submit("c");
    expect(batches()).toEqual([["a"]]);
    await store.appends[0]?.commit();
    expect(batches()).toEqual([["a"], ["b", "c"]]);
  });

  test("takes no more than the bound of a batch, and the rest with the next", async () => {
    const { clock, store, submit, batches } = world({ batchEntriesMax: 2 });
    for (const id of ["a", "b", "c"]) submit(id);
    clock.advance(windowMs);
    await store.appends[0]?.commit();
    clock.advance(windowMs);
    expect(batches()).toEqual([["a", "b"], ["c"]]);
  });

  test("an important message waits for nothing but important ones, in a batch of its own", async () => {
    const { clock, store, submit, batches, story } = world();
    submit("slow");
    clock.advance(windowMs);
    submit("waiting");
    submit("now", important);
    expect(batches()).toEqual([["slow"], ["now"]]);
    submit("next 1", important);
    submit("next 2", important);
    expect(batches()).toHaveLength(2);
    await store.appends[1]?.commit();
    expect(story).toEqual(["ack now", "tell now 1"]);
    expect(batches()).toEqual([["slow"], ["now"], ["next 1", "next 2"]]);
  });

  test("a burst of normal messages leaves the room of important ones alone; each lane refuses what does not fit", () => {
    const { submit, committer } = world({ ringEntriesMax: 8, importantReserveEntries: 4 });
    const refused = Array.from({ length: 12 }, (_, count) => submit(`n${count}`)).slice(8);
    for (const refusal of refused)
      expect(refusal).toMatchObject({ error: "busy", retryAfterMs: expect.any(Number) });
    // One goes to the store at once.
    const taken = Array.from({ length: 6 }, (_, count) => submit(`i${count}`, important));
    expect(taken.map((refusal) => refusal?.error)).toEqual([...Array(5).fill(undefined), "busy"]);
    expect(committer.stats.refusedBusy).toBe(5);
  });

  test("the bytes of a lane are bounded too", () => {
    const { submit } = world({ ringBytesMax: 1_000 });
    expect(submit("a", { content: "x".repeat(600) })).toBeUndefined();
    expect(submit("b", { content: "x".repeat(600) })?.error).toBe("busy");
  });

  test("senders are not read while the lane is more than half full, and again when it has emptied", async () => {
    const { clock, store, submit, committer } = world({ ringEntriesMax: 8, batchEntriesMax: 3 });
    const calls: string[] = [];
    const source = { pause: () => calls.push("pause"), resume: () => calls.push("resume") };
    for (let count = 0; count < 3; count++) submit(`${count}`);
    committer.pauseIfFilling(source, normal);
    expect(calls).toEqual([]);
    for (let count = 3; count < 7; count++) submit(`${count}`);
    // Another lane's message says nothing against its sender.
    committer.pauseIfFilling(source, important);
    expect(calls).toEqual([]);
    committer.pauseIfFilling(source, normal);
    committer.pauseIfFilling(source, normal);
    committer.pauseIfFilling(undefined, normal);
    expect(calls).toEqual(["pause"]);
    clock.advance(windowMs);
    await store.appends[0]?.commit();
    expect(calls).toEqual(["pause"]);
    clock.advance(windowMs);
    await store.appends[1]?.commit();
    expect(calls).toEqual(["pause", "resume"]);
  });

  test("senders are read again after a store that failed, too", async () => {
    const { clock, store, submit, committer } = world({ ringEntriesMax: 4 });
    const calls: string[] = [];
    for (let count = 0; count < 4; count++) submit(`${count}`);
    const source = { pause: () => calls.push("pause"), resume: () => calls.push("resume") };
    committer.pauseIfFilling(source, normal);
    clock.advance(windowMs);
    await store.appends[0]?.fail(new StoreError("full", "No space left."));
    expect(calls).toEqual(["pause", "resume"]);
  });

  test.each([
    ["full", "storage_full"],
    ["unavailable", "storage_unavailable"],
    ["read_only", "storage_unavailable"],
    ["closed", "shutting_down"],
  ] as const)(
    "a store that is %s refuses batches with %s, is logged once, and is tried again",
    async (reason, error) => {
      const { clock, store, submit, story, committer, lines } = world();
      submit("a");
      submit("b");
      clock.advance(windowMs);
      await store.appends[0]?.fail(new StoreError(reason, "Broken."));
      expect(story).toEqual([`${error} a`, `${error} b`]);
      submit("c");
      clock.advance(windowMs);
      await store.appends[1]?.fail(new StoreError(reason, "Still broken."));
      submit("d");
      clock.advance(windowMs);
      await store.appends[2]?.commit();
      expect(story.slice(2)).toEqual([`${error} c`, "ack d", "tell d 1"]);
      expect(committer.stats).toMatchObject({ failed: 3, messages: 1, batches: 1 });
      expect(lines).toEqual(["append failed", "the store takes messages again"]);
    },
  );

  test("a failure that is nobody's doing is logged and answered as internal", async () => {
    const { clock, store, submit, story, lines } = world();
    submit("a");
    clock.advance(windowMs);
    await store.appends[0]?.fail(new TypeError("A bug."));
    expect(story).toEqual(["internal a"]);
    expect(lines).toEqual(["append failed"]);
  });

  test("settled resolves when everything accepted has its outcome, and at once if there is nothing", async () => {
    const { clock, store, submit, committer } = world();
    await committer.settled();
    submit("a");
    submit("b", important);
    let done = false;
    void committer.settled().then(() => (done = true));
    await store.appends[0]?.commit();
    expect(done).toBe(false);
    clock.advance(windowMs);
    submit("c");
    await store.appends[1]?.commit();
    expect(done).toBe(false);
    clock.advance(windowMs);
    await store.appends[2]?.commit();
    await settled();
    expect(done).toBe(true);
  });

  test("finds what was stored, and nothing else", async () => {
    const { store, submit, find, committer, clock } = world();
    submit("a");
    clock.advance(windowMs);
    await store.appends[0]?.commit();
    expect(await find("a")).toMatchObject({ status: "duplicate", seq: 1 });
    expect(await find("b")).toBeUndefined();
    expect(committer.stats.duplicates).toBe(1);
  });

  test("asks the store only once it has answered for all that the lane held, and waits for nothing later", async () => {
    const { clock, store, submit, find } = world({ batchEntriesMax: 1 });
    submit("a");
    clock.advance(windowMs);
    submit("b");
    const found = find("b");
    submit("c");
    expect(await find("x", important)).toBeUndefined();
    await store.appends[0]?.commit();
    expect(store.finds).toEqual(["x"]);
    clock.advance(windowMs);
    await store.appends[1]?.commit();
    expect(await found).toMatchObject({ status: "duplicate", seq: 2 });
    expect(store.finds).toEqual(["x", "b"]);
  });

  test("an append that failed ends the wait as well", async () => {
    const { clock, store, submit, find } = world();
    submit("a");
    const found = find("a");
    clock.advance(windowMs);
    await store.appends[0]?.fail(new StoreError("full", "No space left."));
    expect(await found).toBeUndefined();
  });

  test.each([
    ["does not answer", () => new StoreError("unavailable", "Broken."), "storage_unavailable", []],
    ["has a bug, which is logged", () => new TypeError("A bug."), "internal", ["find failed"]],
  ])("says so when a store %s", async (_what, error, refusal, logged) => {
    const { store, find, lines } = world();
    store.findError = error();
    expect(await find("a")).toMatchObject({ error: refusal });
    expect(lines).toEqual(logged);
  });

  test("the time after which to retry follows how fast messages leave", async () => {
    const { clock, store, submit, committer } = world({
      ringEntriesMax: 1_024,
      batchEntriesMax: 64,
    });
    for (let count = 0; count < 1_024; count++) submit(`${count}`);
    const before = committer.retryAfterMs();
    for (let batch = 0; batch < 8; batch++) {
      clock.advance(640);
      await store.appends[batch]?.commit();
    }
    // Half as many wait, but a tenth of a message leaves in a millisecond.
    expect(committer.retryAfterMs()).toBeGreaterThan(before);
    expect(committer.retryAfterMs()).toBeLessThanOrEqual(5_000);
  });
});
