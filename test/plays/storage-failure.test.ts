/** The disk is full, or the store does not answer, for a while: what clients are told, what goes on, and how it ends. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import {
  StoreError,
  type Store,
  type StoreErrorReason,
} from "../../packages/server/src/store/port.ts";
import { openMemoryStore } from "../../packages/server/src/store/memory/memory.ts";
import { Actor } from "./actor.ts";
import { eachWay, setStage, token, type Stage } from "./stage.ts";

/** A store in memory whose writes, or whose reads of the log, can be made to fail. */
class Ailing {
  writes: StoreErrorReason | undefined;
  reads: StoreErrorReason | undefined;
  readonly store: Store;

  constructor(sound: Store) {
    const failing = <T extends object>(
      part: T,
      isWrite: (method: string) => boolean,
      reads = true,
    ) =>
      new Proxy(part, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== "function") return method;
          return (...args: unknown[]): unknown => {
            const reason = isWrite(String(name)) ? this.writes : reads ? this.reads : undefined;
            if (reason !== undefined) return Promise.reject(new StoreError(reason, "as played"));
            return Reflect.apply(method, target, args);
          };
        },
      });
    this.store = {
      ...sound,
      messages: failing(sound.messages, (name) => ["append", "advance"].includes(name)),
      conversations: failing(sound.conversations, (name) => name === "openDirect"),
      accounts: failing(
        sound.accounts,
        (name) => /^(create|update|put|remove|init)/.test(name),
        false,
      ),
      health: () =>
        this.writes === undefined
          ? sound.health()
          : { writable: false, reason: this.writes, detail: "as played" },
    };
  }

  recover(): void {
    this.writes = undefined;
    this.reads = undefined;
  }
}

describe.each(eachWay)("a failing store over %s", (_name, way) => {
  let stage: Stage;
  let ailing: Ailing;
  beforeAll(async () => {
    ailing = new Ailing(await openMemoryStore());
    stage = await setStage({
      way,
      overrides: { store: ailing.store },
      settings: { "log.level": "silent" },
    });
  });
  afterAll(() => stage.close());
  beforeEach(() => ailing.recover());

  const readiness = async () => (await fetch(`${stage.url}/readyz`)).status;

  test("a full disk: sends are refused for now, reads go on, and afterwards the same sends succeed", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    const { id } = await alice.founds([bob]);
    await alice.says(id, "before");
    await bob.reads("before");
    expect(await readiness()).toBe(200);

    ailing.writes = "full";
    const drafts = Array.from({ length: 10 }, (_, index) => alice.draft(id, `${index}`));
    for (const draft of drafts) {
      const error = await alice.error("send", draft);
      expect(error).toMatchObject({ name: "storage_full", retryable: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    const important = alice.draft(id, "fire", { priority: "important" });
    expect(await alice.refused("send", important)).toBe("storage_full");
    expect(await alice.refused("rename", { conversation: id, title: "Full" })).toBe("storage_full");
    expect(await bob.refused("read", { conversation: id, seq: 2 })).toBe("storage_full");
    expect(await alice.refused("send", alice.draft(alice.with("alice"), "?"))).toBe("storage_full");
    const create = { clientId: crypto.randomUUID(), kind: "group", title: "New" } as const;
    expect(await alice.refused("create", create)).toBe("storage_full");
    expect(await readiness()).toBe(503);
    expect((await fetch(`${stage.url}/livez`)).status).toBe(200);

    expect((await bob.call("history", { conversation: id })).messages).toHaveLength(2);
    expect((await bob.call("sync", {})).conversations).toHaveLength(1);
    expect(await bob.sees(id)).toMatchObject({ lastSeq: 2, unread: 1 });
    expect((await bob.call("members", { conversation: id })).members).toHaveLength(2);
    expect(await bob.leftovers()).toEqual([]);

    ailing.recover();
    expect(await readiness()).toBe(200);
    const acks = await Promise.all(drafts.map((draft) => alice.call("send", draft)));
    expect(acks.map(({ seq, duplicate }) => [seq, duplicate])).toEqual(
      drafts.map((_, index) => [index + 3, undefined]),
    );
    for (let index = 0; index < 10; index++) await bob.reads(`${index}`);
    await alice.call("create", create);
    expect(await bob.call("read", { conversation: id, seq: 12 })).toMatchObject({ unread: 0 });
  });

  test("a full disk keeps nobody out who was here before, on whatever device", async () => {
    const [carol, dan] = await stage.cast("carol", "dan");
    await carol.says(carol.with(dan), "read me");
    await dan.reads("read me");
    ailing.writes = "full";
    await dan.cut();
    await dan.resume();
    await dan.leaves();
    await dan.connect();
    const tablet = await stage.actor("dan", { device: "tablet" });
    const { messages } = await tablet.call("history", { conversation: carol.with(dan) });
    expect(messages).toHaveLength(1);
    await tablet.leaves();
  });

  test("a store that does not answer is said to be unavailable, and the connection stays", async () => {
    const [erin, frank] = await stage.cast("erin", "frank");
    const conversation = erin.with(frank);
    await erin.says(conversation, "before");
    await frank.reads("before");
    ailing.writes = "unavailable";
    ailing.reads = "unavailable";
    for (const refused of [
      frank.error("history", { conversation }),
      frank.error("sync", {}),
      erin.error("send", erin.draft(conversation, "now?")),
      erin.error("send", erin.draft(erin.with("gail"), "new")),
    ])
      expect(await refused).toMatchObject({ name: "storage_unavailable", retryable: true });
    ailing.recover();
    await erin.says(conversation, "after");
    await frank.reads("after");
  });

  test("a hello that cannot be answered closes with a code that means: come again", async () => {
    const [hank] = await stage.cast("hank");
    await hank.leaves();
    ailing.reads = "unavailable";
    await hank.open();
    const hello = { token: await token("hank"), device: hank.device };
    expect(await hank.refused("hello", hello)).toBe("storage_unavailable");
    expect((await hank.closed).code).toBe(closeCodes.internal.code);
    ailing.recover();
    await hank.connect();
  });

  test("missed messages that cannot be read are not passed over: the session ends, and a sync has them", async () => {
    const [iris, jack] = await stage.cast("iris", "jack");
    await iris.says(iris.with(jack), "first");
    await jack.reads("first");
    await jack.cut();
    await iris.says(iris.with(jack), "missed");
    ailing.reads = "unavailable";
    await jack.resume();
    expect((await jack.closed).code).toBe(closeCodes.internal.code);
    ailing.recover();
    const welcome = await jack.resume();
    if (welcome.syncRequired) {
      const { conversations } = await jack.call("sync", {
        cursors: [{ conversation: iris.with(jack), seq: 1 }],
      });
      expect(conversations[0]?.messages).toMatchObject([{ content: { text: "missed" } }]);
    } else {
      await jack.hears("message", ({ message }) => message.content["text"] === "missed");
    }
  });

  test("a burst into a failing store loses nothing that was acknowledged, and stores nothing that was not", async () => {
    const [kate, liam] = await stage.cast("kate", "liam");
    const conversation = kate.with(liam);
    const sent = new Map<number, string>();
    for (let round = 0; round < 20; round++) {
      ailing.writes = round % 3 === 1 ? "full" : undefined;
      const texts = Array.from({ length: 10 }, (_, index) => `${round}.${index}`);
      const outcomes = await Promise.allSettled(texts.map((text) => kate.says(conversation, text)));
      outcomes.forEach((outcome, index) => {
        if (outcome.status === "fulfilled") sent.set(outcome.value.seq, texts[index] ?? "");
      });
    }
    ailing.recover();
    const { messages } = await liam.call("history", { conversation, limit: 200 });
    expect(messages.map(({ seq, content }) => [seq, content["text"]])).toEqual(
      [...sent].sort(([a], [b]) => a - b),
    );
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
  });

  test("nobody new comes into being while nothing can be written", async () => {
    ailing.writes = "full";
    const newcomer = new Actor(stage, "newcomer");
    await newcomer.open();
    const hello = { token: await token("newcomer"), device: "newcomer-1" };
    expect(await newcomer.refused("hello", hello)).toBe("storage_full");
    ailing.recover();
    await newcomer.connect();
    newcomer.leaveStage();
  });
});
