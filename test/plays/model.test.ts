/**
 * The session state machine against a model, under random interleavings of sending, retrying, losing the connection, resuming, beginning anew, acknowledging and
 * reading. Whatever happens, in the end every device holds the same dense log, with every acknowledged message in its place, once.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PlayClock } from "./clock.ts";
import { Reader } from "./reader.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

const devices = ["alice-phone", "alice-desk", "bob-phone", "carol-phone"] as const;
const resumeMs = 60_000;

type Step =
  | { readonly do: "send" | "send and cut"; readonly device: number; readonly group: boolean }
  | { readonly do: "burst" | "pass" }
  | { readonly do: "retry"; readonly device: number; readonly draft: number; readonly by: number }
  | {
      readonly do: "cut" | "resume" | "begin anew" | "acknowledge" | "read";
      readonly device: number;
      readonly group: boolean;
    };

const device = fc.nat(devices.length - 1);
const group = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), device, group }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("send and cut" as const), device, group }) },
  { weight: 2, arbitrary: fc.constant({ do: "burst" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("retry" as const),
      device,
      draft: fc.nat(10),
      by: fc.nat(1),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom("cut", "resume", "resume", "begin anew", "acknowledge", "read"),
      device,
      group,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "pass" as const }) },
);

describe.each(eachWay)("the session state machine over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    // Small bounds, so that every overflow happens too.
    stage = await setStage({
      way,
      overrides: { clock },
      settings: {
        "sessions.ringEntriesMax": 16,
        "sessions.resumeMs": resumeMs,
        "sessions.heartbeatWebMs": 3_600_000,
        "offline.entriesPerUserMax": 24,
        "receipts.announceMs": 0,
      },
    });
  });
  afterAll(() => stage.close());

  let run = 0;
  /** New users for every run, all in one group. */
  async function begin() {
    run++;
    const readers = await Promise.all(
      devices.map(async (name) => {
        const [user, device] = name.split("-") as [string, string];
        return new Reader(await stage.actor(`${user}${run}`, { device }));
      }),
    );
    const [alice, , bob, carol] = readers as [Reader, Reader, Reader, Reader];
    const { conversation } = await alice.actor.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "Model",
      members: [bob.actor.user, carol.actor.user],
    });
    const direct = alice.actor.with(bob.actor);
    return { readers, group: conversation.id, direct };
  }

  class Play {
    readonly readers: readonly Reader[];
    readonly #group: string;
    readonly #direct: string;
    #texts = 0;
    readonly #read = new Map<string, number>();

    constructor(world: Awaited<ReturnType<typeof begin>>) {
      this.readers = world.readers;
      this.#group = world.group;
      this.#direct = world.direct;
    }

    get conversations(): readonly string[] {
      return [this.#group, this.#direct];
    }

    async perform(step: Step): Promise<void> {
      if (!("device" in step)) {
        if (step.do === "pass") return clock.pass(resumeMs + 2_000);
        const online = this.readers.filter(({ connected }) => connected);
        await Promise.all(
          online.flatMap((each) => [1, 2, 3, 4].map(() => each.send(this.#group, this.#text()))),
        );
        return;
      }
      const reader = this.#reader(step.device);
      if (step.do === "resume" || step.do === "begin anew") {
        // A second connection of the same session, too, if it has one already.
        return reader.comeBack(step.do === "begin anew");
      }
      if (!reader.connected) return;
      switch (step.do) {
        case "send":
        case "send and cut":
          return reader.send(this.#place(step), this.#text(), step.do === "send");
        case "retry": {
          const draft = reader.drafts[step.draft % Math.max(1, reader.drafts.length)];
          // Alice's two devices may retry for each other.
          const by = step.device < 2 ? this.#reader(step.by) : reader;
          if (draft !== undefined && by.connected) await reader.retry(draft, by);
          return;
        }
        case "cut":
          return reader.cut();
        case "acknowledge":
          await reader.catchUp();
          return reader.acknowledge();
        case "read":
          return this.#reads(reader, this.#place(step));
      }
    }

    /** Everybody is back, what is in doubt has been retried, and everything has arrived. */
    async settle(): Promise<void> {
      for (const reader of this.readers) if (!reader.connected) await reader.comeBack(false);
      for (const reader of this.readers)
        for (const draft of reader.drafts) if (draft.seq === undefined) await reader.retry(draft);
      for (const reader of this.readers) await reader.catchUp();
    }

    async #reads(reader: Reader, conversation: string): Promise<void> {
      const key = `${reader.actor.user} ${conversation}`;
      const seq = await reader.read(conversation);
      expect(seq).toBeGreaterThanOrEqual(this.#read.get(key) ?? 0);
      this.#read.set(key, seq);
    }

    #reader(index: number): Reader {
      return this.readers[index] as Reader;
    }

    #text(): string {
      return `text ${++this.#texts}`;
    }

    /** The direct conversation is Alice's and Bob's. Nothing can be read in it before its first message. */
    #place(step: {
      readonly device: number;
      readonly group: boolean;
      readonly do: string;
    }): string {
      const { drafts } = this.#reader(0);
      const begun = drafts.some(({ params, seq }) => params.conversation === this.#direct && seq);
      const direct = !step.group && step.device < 3 && (step.do !== "read" || begun);
      return direct ? this.#direct : this.#group;
    }
  }

  test("loses nothing, orders everything, and counts every event once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const play = new Play(await begin());
        for (const each of steps) await play.perform(each);
        await play.settle();
        for (const conversation of play.conversations) await agrees(play, conversation);
        for (const { actor } of play.readers) await actor.leaves();
      }),
      { numRuns: 60, plugins: [fc.interruptAfterTimeLimit(4_000)] },
    );
  }, 60_000);

  async function agrees(play: Play, conversation: string): Promise<void> {
    const members = play.readers.slice(0, conversation.startsWith("d:") ? 3 : 4);
    const drafts = members
      .flatMap((member) => member.drafts)
      .filter(({ params }) => params.conversation === conversation);
    if (conversation.startsWith("d:") && drafts.length === 0) return;
    const [first] = members as [Reader];
    const log: [number, string][] = [];
    for (;;) {
      const from = log.length + 1;
      const { messages } = await first.actor.call("history", { conversation, from, limit: 200 });
      if (messages.length === 0) break;
      for (const { seq, content } of messages)
        log.push([seq, String(content["text"] ?? content["event"])]);
    }
    expect(log.map(([seq]) => seq)).toEqual(log.map((_, index) => index + 1));
    const texts = log.map(([, text]) => text).filter((text) => text.startsWith("text"));
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toHaveLength(drafts.length);
    for (const { params, seq } of drafts)
      expect(log[(seq ?? 0) - 1]).toEqual([seq ?? 0, String(params.content["text"])]);
    for (const member of members) {
      // A device does not hear what it sent itself: it has the acknowledgement for that.
      const own = member.drafts.flatMap(({ params, seq }): [number, string][] =>
        params.conversation === conversation && seq !== undefined
          ? [[seq, String(params.content["text"])]]
          : [],
      );
      const heard = [...member.log(conversation)].map(([seq, { text }]): [number, string] => [
        seq,
        text,
      ]);
      expect(new Map([...heard, ...own].sort(([a], [b]) => a - b))).toEqual(new Map(log));
    }
  }
});
