import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { eachWay, setStage, token, type Stage } from "./stage.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;

describe.each(eachWay)("sessions over %s", (_name, way) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ way });
  });
  afterAll(() => stage.close());

  test("bob loses the connection, comes back, and hears exactly what he missed", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    await alice.says(alice.with(bob), "one");
    await bob.reads("one");
    await bob.cut();
    await alice.says(alice.with(bob), "two");
    await alice.says(alice.with(bob), "three");
    const welcome = await bob.resume();
    expect(welcome).toMatchObject({ resumed: true, syncRequired: false, position: 1 });
    await bob.reads("two");
    await bob.reads("three");
    await alice.says(alice.with(bob), "four");
    await bob.reads("four");
    expect(await bob.leftovers()).toEqual([]);
  });

  test("what was written but not counted by the client comes again", async () => {
    const [carol, dave] = await stage.cast("carol", "dave");
    for (const text of ["one", "two", "three"]) {
      await carol.says(carol.with(dave), text);
      await dave.reads(text);
    }
    await dave.cut();
    dave.position = 1;
    expect((await dave.resume()).position).toBe(1);
    await dave.reads("two");
    await dave.reads("three");
  });

  test("acknowledged events are forgotten: an older position cannot be resumed", async () => {
    const [erin, frank] = await stage.cast("erin", "frank");
    await erin.says(erin.with(frank), "one");
    await frank.reads("one");
    await frank.call("ping", { position: 1 });
    await frank.cut();
    frank.position = 0;
    expect(await frank.resume()).toMatchObject({ resumed: false, syncRequired: true });
  });

  test("a second connection of the session takes over and the first is told", async () => {
    const [grace] = await stage.cast("grace");
    const first = grace.closed;
    expect((await grace.resume()).resumed).toBe(true);
    expect((await first).code).toBe(code("resumed_elsewhere"));
  });

  test("nobody resumes the session of another user or device", async () => {
    const [heidi, ivan] = await stage.cast("heidi", "ivan");
    const session = heidi.welcome?.session ?? "";
    const thief = await ivan.connect({ session, position: 0 });
    expect(thief).toMatchObject({ resumed: false, user: "ivan" });
    expect(thief.session).not.toBe(session);
  });

  test("a device that begins anew after its session was replaced gets what it had not acknowledged", async () => {
    const [judy, ken] = await stage.cast("judy", "ken");
    await judy.says(judy.with(ken), "missed");
    await ken.reads("missed");
    await ken.cut();
    await judy.says(judy.with(ken), "missed too");
    expect(await ken.connect()).toMatchObject({ resumed: false, syncRequired: false });
    await ken.reads("missed");
    await ken.reads("missed too");
  });

  test("sync hands over what moved past the cursors, and nothing else", async () => {
    const [leo, mia] = await stage.cast("leo", "mia");
    for (const text of ["one", "two", "three"]) await leo.says(leo.with(mia), text);
    const all = await mia.call("sync", {});
    expect(all.conversations).toHaveLength(1);
    expect(all.conversations[0]).toMatchObject({
      partial: false,
      conversation: { id: "d:leo:mia", lastSeq: 3, unread: 3 },
    });
    const part = await mia.call("sync", { cursors: [{ conversation: "d:leo:mia", seq: 2 }] });
    expect(part.conversations[0]?.messages.map((message) => message.seq)).toEqual([3]);
    expect(
      (await mia.call("sync", { cursors: [{ conversation: "d:leo:mia", seq: 3 }] })).conversations,
    ).toEqual([]);
    const cut = await mia.call("sync", { messages: 1 });
    expect(cut.conversations[0]).toMatchObject({ partial: true, messages: [{ seq: 3 }] });
    const gap = await mia.call("history", { conversation: "d:leo:mia", from: 1, to: 2 });
    expect(gap).toMatchObject({ partial: false, messages: [{ seq: 1 }, { seq: 2 }] });
  });

  test("a session says goodbye for good", async () => {
    const [nina] = await stage.cast("nina");
    await nina.call("bye", {});
    expect((await nina.closed).code).toBe(code("signed_out"));
    expect((await nina.resume()).resumed).toBe(false);
  });

  test("devices are listed, and one can sign another out", async () => {
    const phone = await stage.actor("olga", { device: "phone", platform: "ios" });
    const desk = await stage.actor("olga", { device: "desk", platform: "desktop" });
    const { devices } = await desk.call("devices", {});
    expect(devices).toContainEqual(
      expect.objectContaining({ device: "phone", platform: "ios", online: true, current: false }),
    );
    expect(devices).toContainEqual(expect.objectContaining({ device: "desk", current: true }));
    expect(await desk.call("sign_out", { device: "phone" })).toEqual(
      expect.objectContaining({ ended: 1 }),
    );
    expect((await phone.closed).code).toBe(code("signed_out"));
    expect(await desk.refused("sign_out", { device: "no-such-device" })).toBe("invalid_params");
  });

  test("a token that ends is announced, can be refreshed in time, and ends the connection otherwise", async () => {
    const pat = await stage.actor("pat", { token: await token("pat", 30_000) });
    await pat.call("ping", {});
    await pat.hears("token_expiring");
    const { tokenExpiresAt } = await pat.call("refresh", {
      token: await token("pat", 3_600_000),
    });
    expect(tokenExpiresAt).toBeGreaterThan(Date.now() + 3_000_000);
    expect(await pat.refused("refresh", { token: await token("mallory") })).toBe("token_invalid");
  });

  test("only an administrator kicks", async () => {
    const [quinn, rita] = await stage.cast("quinn", "rita");
    expect(await quinn.refused("kick", { user: "rita" })).toBe("forbidden");
    const { user, password } = stage.server.firstAdmin ?? { user: "", password: "" };
    const login = await fetch(`${stage.server.url}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user, password }),
    });
    const admin = await stage.actor(user, {
      token: ((await login.json()) as { token: string }).token,
    });
    expect(await admin.call("kick", { user: "rita", reason: "Out!" })).toEqual(
      expect.objectContaining({ ended: 1 }),
    );
    expect(await rita.closed).toEqual({ code: code("kicked"), reason: "Out!" });
  });
});

describe("hello", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ settings: { "sessions.connectDeadlineMs": 600 } });
  });
  afterAll(() => stage.close());

  test("must come first, and in time", async () => {
    const [alice] = await stage.cast("alice");
    await alice.open();
    expect(await alice.refused("ping", {})).toBe("hello_required");
    expect((await alice.closed).code).toBe(code("connect_deadline"));
  });

  test.each([
    [
      "a forged token",
      async () => `${(await token("bob")).slice(0, -3)}abc`,
      "token_invalid",
      "token_invalid",
    ],
    ["an expired token", () => token("bob", -120_000), "token_expired", "token_expired"],
    ["no token at all", () => Promise.resolve("nonsense"), "token_invalid", "token_invalid"],
  ] as const)(
    "with %s is refused, and the close code says to stop",
    async (_what, make, error, close) => {
      const [carol] = await stage.cast("carol");
      await carol.open();
      expect(await carol.refused("hello", { token: await make(), device: "carol-1" })).toBe(error);
      expect((await carol.closed).code).toBe(code(close));
    },
  );

  test("is not said twice", async () => {
    const [dave] = await stage.cast("dave");
    expect(await dave.refused("hello", { token: await token("dave"), device: "dave-1" })).toBe(
      "bad_request",
    );
  });
});

describe("device policy", () => {
  test("one per platform: a second phone replaces the first, the desktop stays", async () => {
    const stage = await setStage({ settings: { "sessions.devicePolicy": "one_per_platform" } });
    const phone = await stage.actor("alice", { device: "phone", platform: "ios" });
    const desk = await stage.actor("alice", { device: "desk", platform: "desktop" });
    await stage.actor("alice", { device: "new-phone", platform: "ios" });
    expect((await phone.closed).code).toBe(code("replaced"));
    expect((await desk.call("devices", {})).devices.filter((device) => device.online)).toHaveLength(
      2,
    );
    await stage.close();
  });

  test("one in all: the newest device wins", async () => {
    const stage = await setStage({ settings: { "sessions.devicePolicy": "one" } });
    const phone = await stage.actor("alice", { device: "phone", platform: "ios" });
    await stage.actor("alice", { device: "desk", platform: "desktop" });
    expect((await phone.closed).code).toBe(code("replaced"));
    await stage.close();
  });

  test("all: the oldest of too many sessions makes room", async () => {
    const stage = await setStage({ settings: { "sessions.sessionsPerUserMax": 2 } });
    const first = await stage.actor("alice", { device: "one" });
    await stage.actor("alice", { device: "two" });
    await stage.actor("alice", { device: "three" });
    expect((await first.closed).code).toBe(code("replaced"));
    await stage.close();
  });
});

describe("a graceful stop", () => {
  test("answers sends in flight, tells clients to come back, and keeps what devices missed", async () => {
    const stage = await setStage();
    const [alice, bob] = await stage.cast("alice", "bob");
    await alice.says(alice.with(bob), "first");
    const inFlight = alice.says(alice.with(bob), "last words");
    const stopped = stage.server.stop();
    expect((await inFlight).seq).toBe(2);
    await alice.hears("draining");
    expect((await alice.closed).code).toBe(code("draining"));
    await stopped;
    await stage.close();
  });
});
