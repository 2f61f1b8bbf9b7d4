/** Deadlines, a pipeline that is full, and a server that stops while everybody is busy. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { Actor, CommandFailed } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { RawSocket } from "./raw.ts";
import { eachCodec, eachWay, setStage, token, type Stage } from "./stage.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;
const minuteMs = 60_000;

/** Where listening is made of requests, each of them is a beat: nobody who listens is silent. */
const silentWays = eachWay.filter(([, { listeningBeats }]) => !listeningBeats);

describe.each(silentWays)("silence over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: { "sessions.heartbeatWebMs": minuteMs, "sessions.heartbeatMobileMs": 3 * minuteMs },
    });
  });
  afterAll(() => stage.close());

  test("who is silent for two heartbeats is cut off, and finds the session again", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    const phone = await stage.actor("alice", { device: "phone", platform: "ios" });
    expect(alice.welcome?.heartbeatMs).toBe(minuteMs);
    expect(phone.welcome?.heartbeatMs).toBe(3 * minuteMs);
    clock.pass(1.5 * minuteMs);
    await bob.call("ping", {});
    clock.pass(0.6 * minuteMs);
    expect((await alice.closed).code).toBe(code("idle"));
    await bob.says(bob.with(alice), "are you there?");
    await phone.reads("are you there?");
    expect((await alice.resume()).resumed).toBe(true);
    await alice.reads("are you there?");
  });
});

describe.each(silentWays)("a heartbeat over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: { "sessions.heartbeatMaxMs": 10 * minuteMs },
    });
  });
  afterAll(() => stage.close());

  test("that a client announces is what its silence is measured by", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    expect(alice.welcome).toMatchObject({ heartbeatMs: 15_000, heartbeatMsMax: 10 * minuteMs });
    await alice.call("ping", { heartbeatMs: 4 * minuteMs });
    // Not more than a minute late.
    clock.pass(4.9 * minuteMs);
    expect((await bob.closed).code).toBe(code("idle"));
    await alice.call("ping", {});
    clock.pass(5.1 * minuteMs);
    expect((await alice.closed).code).toBe(code("idle"));
  });

  test("is taken up to the bound, and from the hello on", async () => {
    const carol = await stage.actor("carol");
    await carol.call("ping", { heartbeatMs: 60 * minuteMs });
    clock.pass(10.5 * minuteMs);
    await carol.call("ping", {});
    clock.pass(11.1 * minuteMs);
    expect((await carol.closed).code).toBe(code("idle"));
    await carol.open();
    const hello = { token: await token("carol"), device: carol.device, heartbeatMs: 2 * minuteMs };
    expect((await carol.call("hello", hello)).heartbeatMs).toBe(2 * minuteMs);
    clock.pass(2.9 * minuteMs);
    await carol.call("ping", {});
  });
});

describe.each(eachWay)("deadlines over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: { "sessions.heartbeatWebMs": minuteMs, "sessions.heartbeatMobileMs": 3 * minuteMs },
    });
  });
  afterAll(() => stage.close());

  test("a token that ends is announced a minute before, and ends the connection when it is over", async () => {
    const carol = await stage.actor("carol", {
      token: await token("carol", clock.now() - Date.now() + 10 * minuteMs),
    });
    await carol.call("ping", {});
    clock.jump(9.5 * minuteMs);
    await carol.call("ping", {});
    await carol.hears("token_expiring");
    await carol.call("ping", {});
    expect(await carol.leftovers()).toEqual([]);
    clock.jump(minuteMs);
    carol.raw(way.codec.encodeCommand({ type: "ping", id: 77 }));
    expect((await carol.closed).code).toBe(code("token_expired"));
    const dan = await stage.actor("dan", {
      token: await token("dan", clock.now() - Date.now() + minuteMs),
    });
    clock.jump(2 * minuteMs);
    await dan.call("refresh", { token: await token("dan") });
    await dan.call("ping", {});
  });
});

/** By requests back-pressure holds a sender back before anything need be refused. */
describe.each(eachCodec)("a full pipeline over %s", (_name, codec) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      codec,
      settings: {
        "pipeline.ringEntriesMax": 64,
        "pipeline.importantReserveEntries": 32,
        "limits.sendsPerSecondMax": 100_000,
        "limits.sendsBurst": 100_000,
      },
    });
  });
  afterAll(() => stage.close());

  test("sends are refused with a time to wait before they are accepted, never after, and important ones pass", async () => {
    const [erin, frank, gail] = await stage.cast("erin", "frank", "gail");
    await erin.says(erin.with(frank), "first");
    await gail.says(gail.with(frank), "first");
    for (const text of ["first", "first"]) await frank.reads(text);
    const texts = Array.from({ length: 900 }, (_, index) => `${index}`);
    const flood = texts.map((text) => erin.says(erin.with(frank), text));
    const urgent = gail.says(gail.with(frank), "urgent", { priority: "important" });
    const outcomes = await Promise.allSettled(flood);
    expect((await urgent).seq).toBe(2);
    const accepted = outcomes.flatMap((each, at) => (each.status === "fulfilled" ? [at] : []));
    for (const each of outcomes) {
      if (each.status === "fulfilled") continue;
      expect(each.reason).toBeInstanceOf(CommandFailed);
      expect((each.reason as CommandFailed).error).toMatchObject({ name: "busy", retryable: true });
      expect((each.reason as CommandFailed).error.retryAfterMs).toBeGreaterThan(0);
    }
    expect(accepted.length).toBeGreaterThanOrEqual(64);
    expect(accepted.length).toBeLessThan(900);
    const heard = (await frank.drains()).flatMap((each) => {
      const { message } = each as unknown as { message: { content: { text: string } } };
      return message.content.text === "urgent" ? [] : [message.content.text];
    });
    expect(heard).toEqual(accepted.map((at) => texts[at] ?? ""));
    await erin.says(erin.with(frank), "calm again");
    await frank.reads("calm again");
  });
});

describe.each(eachWay)("a stop under load over %s", (_name, way) => {
  test("answers what it accepted, tells everybody, lets nobody new in, and loses nothing", async () => {
    const stage = await setStage({ way, settings: { "store.engine": "sqlite" } });
    const actors = await stage.cast("hank", "iris", "jack");
    const group = await actors[0].founds([actors[1], actors[2]]);
    const drafts = actors.flatMap((actor) =>
      Array.from({ length: 100 }, (_, index) => ({
        actor,
        draft: actor.draft(group.id, `${actor.user} ${index}`),
      })),
    );
    const sending = drafts.map(({ actor, draft }) =>
      actor.call("send", draft).then(
        ({ seq }) => seq,
        () => undefined,
      ),
    );
    const { url } = stage;
    const restarted = stage.restart();
    for (const actor of actors) await actor.hears("draining");
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await RawSocket.upgraded(url)).status).toBe(503);
    const acks = await Promise.all(sending);
    // Well-behaved clients leave once they have their answers.
    for (const actor of actors) actor.leaveStage();
    await restarted;
    for (const actor of actors) await actor.resume();
    const seqs = await Promise.all(
      drafts.map(async ({ actor, draft }) => (await actor.call("send", draft)).seq),
    );
    acks.forEach((seq, index) => {
      if (seq !== undefined) expect(seqs[index]).toBe(seq);
    });
    expect(new Set(seqs).size).toBe(300);
    expect(Math.max(...seqs)).toBe(301);
    await stage.close();
  });

  test("ends in time although a client does not leave", async () => {
    const stage = await setStage({ way, settings: { "listen.drainMs": 100 } });
    const stays = new Actor(stage, "kate");
    await stays.connect();
    await stage.server.stop();
    expect((await stays.closed).code).toBe(code("draining"));
    await stage.close();
  });
});
