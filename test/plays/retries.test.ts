/** Whoever sends again what is stored hears where it is, whatever has happened since: to the sender, the conversation, the message or the words. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Params, Result } from "@godwit/protocol";
import { openMemoryStore } from "../../packages/server/src/store/memory/memory.ts";
import { StoreError, type Store } from "../../packages/server/src/store/port.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/sqlite.ts";
import type { Actor } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

const folder = () => mkdtempSync(join(tmpdir(), "godwit-retries-"));

/** Longer than the server leaves its list of words unread. */
const reloadMs = 6_000;

/** A store whose appends can be held up, and whose `find` can fail. */
async function moodyStore(store: Store) {
  const mood = {
    appends: Promise.resolve(),
    appended: () => undefined as void,
    findFails: false,
    finds: 0,
  };
  const wrapped: Store = {
    ...store,
    messages: {
      ...store.messages,
      append: async (batch) => {
        mood.appended();
        await mood.appends;
        return store.messages.append(batch);
      },
      find: (message) => {
        mood.finds++;
        return mood.findFails
          ? Promise.reject(new StoreError("unavailable", "as played"))
          : store.messages.find(message);
      },
    },
  };
  return { store: wrapped, mood };
}

/** The first acknowledgement, as every retry must repeat it. */
const again = ({ conversation, seq, messageId, time }: Result<"send">) => ({
  conversation,
  seq,
  messageId,
  time,
  duplicate: true,
});

/** Sends something new, something stored under another payload, and something stored: refused, refused, and answered as the first time. */
async function expectOnlyTheRetry(
  actor: Actor,
  draft: Params<"send">,
  first: Result<"send">,
  refusal: string,
): Promise<void> {
  const fresh = actor.draft(draft.conversation, "new");
  expect(await actor.refused("send", fresh)).toBe(refusal as never);
  const other = { ...draft, content: { text: "another" } };
  expect(await actor.refused("send", other)).toBe(refusal as never);
  expect(await actor.refused("send", { ...draft, clientSeq: 99_999 })).toBe(refusal as never);
  for (let time = 0; time < 3; time++)
    expect(await actor.call("send", draft)).toMatchObject(again(first));
}

const engines = {
  memory: () => openMemoryStore(),
  sqlite: (dir: string) => openSqliteStore({ dir }),
};
const eachStage = eachWay.flatMap(([name, way]) =>
  (["memory", "sqlite"] as const).map((engine) => [name, engine, way] as const),
);

describe.each(eachStage)("retries of what is stored over %s on %s", (_name, engine, way) => {
  const dir = folder();
  const clock = new PlayClock();
  let moody: Awaited<ReturnType<typeof moodyStore>>;
  let stage: Stage;
  let alice: Actor;
  let bob: Actor;
  let id: string;
  let draft: Params<"send">;
  let first: Result<"send">;
  beforeAll(async () => {
    moody = await moodyStore(await engines[engine](dir));
    stage = await setStage({ way, overrides: { clock, store: moody.store } });
    [alice, bob] = await stage.cast("alice", "bob");
  });
  afterAll(async () => {
    await stage.close();
    rmSync(dir, { recursive: true });
  });
  beforeEach(async () => {
    await Promise.all([alice.drains(), bob.drains()]);
    ({ id } = await alice.founds([bob]));
    draft = bob.draft(id, "stored");
    first = await bob.call("send", draft);
    expect(first.duplicate).toBeUndefined();
    await alice.reads("stored");
  });

  test("the sender was muted", async () => {
    await alice.call("mute", { conversation: id, user: "bob", until: clock.now() + 60_000 });
    await expectOnlyTheRetry(bob, draft, first, "muted");
  });

  test("everybody was muted", async () => {
    await alice.call("mute", { conversation: id, until: clock.now() + 60_000 });
    await expectOnlyTheRetry(bob, draft, first, "muted");
  });

  test("the sender was removed", async () => {
    await alice.call("remove", { conversation: id, users: ["bob"] });
    await expectOnlyTheRetry(bob, draft, first, "not_member");
  });

  test("the sender was banned", async () => {
    await alice.call("remove", { conversation: id, users: ["bob"], ban: true });
    await expectOnlyTheRetry(bob, draft, first, "banned");
  });

  test("the conversation was dissolved", async () => {
    await alice.call("dissolve", { conversation: id });
    await expectOnlyTheRetry(bob, draft, first, "conversation_dissolved");
  });

  test("the message expired", async () => {
    const expiring = bob.draft(id, "short-lived", { expiresAt: clock.now() + 5_000 });
    const { expiresAt } = expiring;
    const stored = await bob.call("send", expiring);
    clock.pass(10_000);
    const late = bob.draft(id, "late", expiresAt === undefined ? {} : { expiresAt });
    expect(await bob.refused("send", late)).toBe("invalid_params");
    expect(await bob.call("send", expiring)).toMatchObject(again(stored));
    expect(await bob.refused("send", { ...expiring, content: { text: "x" } })).toBe(
      "invalid_params",
    );
  });

  test("the sender comes back on another device, or over HTTP", async () => {
    await alice.call("remove", { conversation: id, users: ["bob"] });
    const tablet = await stage.actor("bob", { device: "tablet" });
    expect(await tablet.call("send", draft)).toMatchObject(again(first));
    await tablet.leaves();
    expect(await stage.http("bob", "send", draft)).toMatchObject(again(first));
    expect(await stage.http("bob", "send", bob.draft(id, "new"))).toMatchObject({
      name: "not_member",
    });
  });

  test("somebody else learns nothing of it, and a stored message excuses no other conversation", async () => {
    const [carol] = await stage.cast("carol");
    expect(await carol.refused("send", draft)).toBe("not_member");
    const elsewhere = "d:alice:carol";
    expect(await bob.refused("send", { ...draft, conversation: elsewhere })).toBe("not_member");
    const nowhere = "g:1:nowhereland";
    expect(await bob.refused("send", { ...draft, conversation: nowhere })).toBe(
      "conversation_unknown",
    );
    await carol.leaves();
  });

  test("the first attempt is still with the store when the retry is refused", async () => {
    const gate = Promise.withResolvers<void>();
    moody.mood.appends = gate.promise;
    const expiring = bob.draft(id, "slow", { expiresAt: clock.now() + 5_000 });
    const slow = bob.call("send", expiring);
    await bob.call("ping", {});
    clock.pass(10_000);
    const finds = moody.mood.finds;
    const retry = bob.call("send", expiring);
    await bob.call("ping", {});
    expect(moody.mood.finds).toBe(finds);
    moody.mood.appends = Promise.resolve();
    gate.resolve();
    expect(await retry).toMatchObject(again(await slow));
  });

  test("what is on its way when its sender is removed is not stored behind the removal", async () => {
    const gate = Promise.withResolvers<void>();
    moody.mood.appends = gate.promise;
    const held = Promise.withResolvers<void>();
    moody.mood.appended = held.resolve;
    const removal = alice.call("remove", { conversation: id, users: ["bob"] });
    await held.promise;
    const late = bob.draft(id, "too late");
    const sent = bob.refused("send", late);
    const important = bob.refused("send", bob.draft(id, "too late", { priority: "important" }));
    await bob.call("ping", {});
    moody.mood.appends = Promise.resolve();
    gate.resolve();
    await removal;
    expect([await sent, await important]).toEqual(["not_member", "not_member"]);
    expect((await alice.sees(id)).lastSeq).toBe(3);
    // The first is still known.
    expect(await bob.call("send", draft)).toMatchObject(again(first));
    await alice.call("invite", { conversation: id, users: ["bob"] });
    expect((await bob.call("send", late)).duplicate).toBeUndefined();
  });

  test("many at once: each gets its own answer, in the order in which they were sent", async () => {
    const drafts = Array.from({ length: 20 }, (_, index) => bob.draft(id, `${index}`));
    const stored = await Promise.all(drafts.map((each) => bob.call("send", each)));
    await alice.call("remove", { conversation: id, users: ["bob"] });
    await alice.drains();
    const direct = bob.with(alice);
    const order: string[] = [];
    const note = async (what: string, answer: Promise<unknown>) => {
      const reply = await answer.catch((error: Error) => error);
      order.push(what);
      return reply;
    };
    const answers = drafts.flatMap((each, index) => [
      note(`retry ${index}`, bob.call("send", each)),
      // By the same call: over polling many answers come at once, and a longer chain of promises would be heard of later.
      note(`new ${index}`, bob.call("send", bob.draft(id, "new"))),
      note(`direct ${index}`, bob.says(direct, `${index}`)),
    ]);
    const replies = await Promise.all(answers);
    expect(replies.filter((_, at) => at % 3 === 0)).toMatchObject(stored.map(again));
    const seqs = replies
      .filter((_, at) => at % 3 === 2)
      .map((reply) => (reply as typeof first).seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    const refusals = order.filter((what) => !what.startsWith("direct"));
    expect(refusals).toEqual(drafts.flatMap((_, index) => [`retry ${index}`, `new ${index}`]));
    for (let index = 0; index < 20; index++) await alice.reads(`${index}`);
  });

  test("while the store cannot be asked, a refusal that may be a retry's is to be tried again", async () => {
    await alice.call("remove", { conversation: id, users: ["bob"] });
    moody.mood.findFails = true;
    expect(await bob.refused("send", draft)).toBe("storage_unavailable");
    moody.mood.findFails = false;
    expect(await bob.call("send", draft)).toMatchObject(again(first));
  });

  test("nothing of a retry is stored or told once more", async () => {
    await alice.drains();
    await alice.call("remove", { conversation: id, users: ["bob"] });
    await alice.drains();
    const { lastSeq } = await alice.sees(id);
    await bob.call("send", draft);
    expect(await bob.refused("send", bob.draft(id, "new"))).toBe("not_member");
    expect((await alice.sees(id)).lastSeq).toBe(lastSeq);
    expect(await alice.leftovers()).toEqual([]);
  });
});

describe.each(eachWay)("retries and words over %s", (_name, way) => {
  const dir = folder();
  const wordFile = join(dir, "words");
  const clock = new PlayClock();
  let version = 1_000;
  const forbid = (...words: readonly string[]) => {
    writeFileSync(wordFile, words.join("\n"));
    version += 10;
    utimesSync(wordFile, version, version);
  };
  const stages: Stage[] = [];
  const play = async (action: "reject" | "mask") => {
    forbid("goose");
    const settings = { "moderation.wordFile": wordFile, "moderation.action": action };
    const stage = await setStage({ way, overrides: { clock }, settings });
    stages.push(stage);
    const [alice, bob] = await stage.cast("alice", "bob");
    return { alice, bob, id: (await alice.founds([bob])).id };
  };
  afterAll(async () => {
    for (const stage of stages) await stage.close();
    rmSync(dir, { recursive: true });
  });

  test("a masked message compares as it was stored", async () => {
    const { alice, bob, id } = await play("mask");
    const draft = bob.draft(id, "a goose");
    const first = await bob.call("send", draft);
    await alice.reads("a *****");
    await alice.call("mute", { conversation: id, user: "bob", until: clock.now() + 60_000 });
    await expectOnlyTheRetry(bob, draft, first, "muted");
  });

  test("a message is the same, however it is masked by now", async () => {
    const { alice, bob, id } = await play("mask");
    const before = bob.draft(id, "a swan");
    const first = await bob.call("send", before);
    const draft = bob.draft(id, "a goose");
    const second = await bob.call("send", draft);
    await alice.reads("a swan");
    await alice.reads("a *****");
    forbid("swan", "other");
    // The list is read beside everything else: until it is in force, a new message tells.
    for (let masked = false; !masked; clock.pass(reloadMs)) {
      const { seq } = await bob.says(id, "swan song");
      const page = await bob.call("history", { conversation: id, from: seq, limit: 1 });
      masked = page.messages[0]?.content["text"] === "**** song";
    }
    expect(await bob.call("send", before)).toMatchObject(again(first));
    expect(await bob.call("send", draft)).toMatchObject(again(second));
    const other = { ...draft, content: { text: "a *****" } };
    expect(await bob.refused("send", other)).toBe("conflict");
  });

  test("a word was forbidden after the message was stored", async () => {
    const { alice, bob, id } = await play("reject");
    const draft = bob.draft(id, "a swan");
    const first = await bob.call("send", draft);
    forbid("swan", "another", "new");
    // The list is read beside everything else: until it is in force, a new message tells.
    while (
      await bob.says(id, "swan song").then(
        () => true,
        () => false,
      )
    ) {
      clock.pass(reloadMs);
      // Reading takes as long as it takes, and time passes with every look: she must not seem to be gone.
      await alice.call("ping", {});
    }
    await expectOnlyTheRetry(bob, draft, first, "content_rejected");
    await alice.call("remove", { conversation: id, users: ["bob"] });
    await expectOnlyTheRetry(bob, draft, first, "not_member");
  });
});

describe.each(eachWay)("the price of retries over %s", (_name, way) => {
  const stages: Stage[] = [];
  afterAll(async () => {
    for (const stage of stages) await stage.close();
  });
  const play = async (commands: number, clock = new PlayClock()) => {
    const settings = { "limits.commandsPerSecondMax": commands, "limits.commandsBurst": commands };
    const stage = await setStage({ way, overrides: { clock }, settings });
    stages.push(stage);
    const [alice, bob] = await stage.cast("alice", "bob");
    const { id } = await alice.founds([bob]);
    const draft = bob.draft(id, "stored");
    const first = await bob.call("send", draft);
    await alice.call("remove", { conversation: id, users: ["bob"] });
    return { bob, id, draft, first };
  };

  test("a look-up counts as a command, so sending the same again and again ends at their rate", async () => {
    const clock = new PlayClock();
    const { bob, draft, first } = await play(20, clock);
    let refused = 0;
    for (let time = 0; time < 60; time++) {
      const reply = await bob.call("send", draft).catch((error: Error) => error);
      if (reply instanceof Error) refused++;
      else expect(reply).toMatchObject(again(first));
    }
    expect(refused).toBeGreaterThan(10);
    clock.pass(10_000);
    expect(await bob.call("send", draft)).toMatchObject(again(first));
  });

  test("what waited for the store is counted once and given back: three waves do not add up", async () => {
    const { bob, id, draft, first } = await play(100_000);
    for (let wave = 0; wave < 3; wave++) {
      const refusals = await Promise.all(
        Array.from({ length: 600 }, () => bob.refused("send", bob.draft(id, "new"))),
      );
      expect(new Set<string>(refusals)).toEqual(new Set(["not_member"]));
      expect(await bob.call("send", draft)).toMatchObject(again(first));
    }
  });
});
