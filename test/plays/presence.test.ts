import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Actor } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

const lingerMs = 60_000;

describe.each(eachWay)("presence over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: { "presence.lingerMs": lingerMs, "sessions.heartbeatWebMs": 3_600_000 },
    });
  });
  afterAll(() => stage.close());

  test("alice watches bob: she is told how he is, and of every change until she looks away", async () => {
    const [alice] = await stage.cast("alice");
    expect((await alice.call("watch", { users: ["bob"] })).presences).toEqual([
      { user: "bob", status: "offline" },
    ]);
    const [bob] = await stage.cast("bob");
    expect((await alice.hears("presence")).presence).toEqual({ user: "bob", status: "online" });
    await bob.call("presence", { status: "away" });
    expect((await alice.hears("presence")).presence).toEqual({ user: "bob", status: "away" });
    await bob.call("presence", { status: "away" });
    await bob.call("presence", { status: "online" });
    expect((await alice.hears("presence")).presence.status).toBe("online");
    await alice.call("unwatch", { users: ["bob"] });
    await bob.call("presence", { status: "away" });
    expect(await alice.leftovers()).toEqual([]);
  });

  test("a lost connection is no news for a while; then bob was last seen when he lost it", async () => {
    const [carol, dan, dora] = await stage.cast("carol", "dan", "dora");
    await carol.call("watch", { users: ["dan"] });
    const lostMs = clock.now();
    await loses(dan);
    expect(await carol.leftovers()).toEqual([]);
    // Of his return she will not hear, no more than carol does.
    expect((await dora.call("watch", { users: ["dan"] })).presences).toEqual([
      { user: "dan", status: "online" },
    ]);
    await dan.resume();
    clock.pass(lingerMs * 2);
    expect(await carol.leftovers()).toEqual([]);
    expect(await dora.leftovers()).toEqual([]);
    await loses(dan);
    clock.pass(lingerMs + 1_000);
    const { presence } = await carol.hears("presence");
    expect(presence).toMatchObject({ user: "dan", status: "offline" });
    expect(presence.lastSeen).toBeGreaterThanOrEqual(lostMs);
    expect(presence.lastSeen).toBeLessThan(clock.now() - lingerMs);
    expect((await carol.call("watch", { users: ["dan"] })).presences).toEqual([presence]);
  });

  test("with several devices the most present one counts", async () => {
    const [erin] = await stage.cast("erin");
    await erin.call("watch", { users: ["frank"] });
    const phone = await stage.actor("frank", { device: "phone", status: "away" });
    expect((await erin.hears("presence")).presence.status).toBe("away");
    const desk = await stage.actor("frank", { device: "desk" });
    expect((await erin.hears("presence")).presence.status).toBe("online");
    await desk.leaves();
    clock.pass(lingerMs + 1_000);
    expect((await erin.hears("presence")).presence.status).toBe("away");
    await phone.leaves();
    clock.pass(lingerMs + 1_000);
    expect((await erin.hears("presence")).presence.status).toBe("offline");
  });

  test("an invisible user looks offline, last seen when they hid, and gets everything all the same", async () => {
    const [gail, hank] = await stage.cast("gail", "hank");
    await gail.call("watch", { users: ["hank"] });
    clock.jump(10_000);
    const hidMs = clock.now();
    await hank.call("presence", { status: "invisible" });
    const { presence } = await gail.hears("presence");
    expect(presence).toMatchObject({ user: "hank", status: "offline" });
    expect(presence.lastSeen).toBeGreaterThanOrEqual(hidMs);
    clock.jump(10_000);
    await gail.says(gail.with(hank), "are you there?");
    await hank.reads("are you there?");
    await hank.cut();
    await hank.resume();
    await hank.leaves();
    clock.pass(lingerMs + 1_000);
    expect(await gail.leftovers()).toEqual([]);
    expect((await gail.call("watch", { users: ["hank"] })).presences).toEqual([presence]);
  });

  test("who connects invisibly was never there, and who resumes invisibly shows nothing", async () => {
    const [iris] = await stage.cast("iris");
    await iris.call("watch", { users: ["jack", "kurt"] });
    const jack = await stage.actor("jack", { status: "invisible" });
    expect(await iris.leftovers()).toEqual([]);
    expect((await iris.call("watch", { users: ["jack"] })).presences).toEqual([
      { user: "jack", status: "offline" },
    ]);
    await jack.call("presence", { status: "online" });
    expect((await iris.hears("presence")).presence.status).toBe("online");
    const kurt = await stage.actor("kurt", { status: "invisible" });
    await kurt.call("presence", { status: "online" });
    expect((await iris.hears("presence")).presence.user).toBe("kurt");
    await loses(kurt);
    clock.pass(lingerMs + 1_000);
    expect((await iris.hears("presence")).presence.status).toBe("offline");
    await kurt.resume();
    expect(await iris.leftovers()).toEqual([]);
  });

  test("a session watches a bounded number of users", async () => {
    const [lena] = await stage.cast("lena");
    const users = (from: number) => Array.from({ length: 500 }, (_, index) => `x${from + index}`);
    await lena.call("watch", { users: users(0) });
    await lena.call("watch", { users: users(500) });
    expect(await lena.refused("watch", { users: ["one-more"] })).toBe("invalid_params");
    await lena.call("unwatch", { users: users(0) });
    await lena.call("watch", { users: ["one-more"] });
  });

  test("typing is told to the others, never to oneself, never stored, and not to strangers", async () => {
    const [mona, nick, omar] = await stage.cast("mona", "nick", "omar");
    const { id } = await mona.founds([nick]);
    await mona.call("typing", { conversation: id, on: true });
    expect(await nick.hears("typing")).toMatchObject({ conversation: id, user: "mona", on: true });
    await mona.call("typing", { conversation: id, on: false });
    expect((await nick.hears("typing")).on).toBe(false);
    expect(await omar.refused("typing", { conversation: id, on: true })).toBe("not_member");
    // Whoever begins to write to somebody for the first time does nothing wrong, and makes no conversation by it.
    const first = { conversation: omar.with("mona"), on: true };
    expect(await omar.call("typing", first)).toMatchObject({});
    expect(
      await mona.refused("typing", { ...first, conversation: "g:0:aaaaaaaaaaaaaaaaaaaa" }),
    ).toBe("conversation_unknown");
    expect(await mona.refused("conversation", { conversation: first.conversation })).toBe(
      "conversation_unknown",
    );
    await nick.cut();
    await mona.call("typing", { conversation: id, on: true });
    await nick.resume();
    expect(await nick.leftovers()).toEqual([]);
    expect((await mona.sees(id)).lastSeq).toBe(1);
    expect(await mona.leftovers()).toEqual([]);
  });

  test("too much typing is dropped in silence, and nothing else suffers", async () => {
    const [paul, rosa] = await stage.cast("paul", "rosa");
    const conversation = paul.with(rosa);
    await paul.says(conversation, "first");
    await rosa.reads("first");
    for (let index = 0; index < 100; index++)
      paul.raw(way.codec.encodeCommand({ type: "typing", conversation, on: true }));
    await paul.says(conversation, "still here");
    await rosa.reads("still here");
    const heard = await rosa.drains();
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.length).toBeLessThan(30);
    expect(await paul.leftovers()).toEqual([]);
  });

  /** Cuts a connection and waits until the server has noticed. */
  async function loses(actor: Actor): Promise<void> {
    const before = await stage.metric("godwit_sessions_detached");
    await actor.cut();
    await stage.metricReaches("godwit_sessions_detached", (count) => count > before);
  }
});
