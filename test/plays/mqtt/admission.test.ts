/** Who is let in, and what is left of those who are not. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openMemoryStore } from "../../../packages/server/src/store/memory/memory.ts";
import { StoreError, type Store } from "../../../packages/server/src/store/port.ts";
import { PlayClock } from "../clock.ts";
import type { Stage } from "../stage.ts";
import { signed, token } from "../tokens.ts";
import { RawThing, setMqttStage, Thing } from "./kit.ts";

const wrong = 0x86;
const unavailable = 0x88;

/** A store that does not say, while it is `down`, who is in which conversation: nobody is admitted then. */
async function openFlaky(): Promise<{ store: Store; down: boolean }> {
  const sound = await openMemoryStore();
  const flaky = {
    down: false,
    store: {
      ...sound,
      conversations: new Proxy(sound.conversations, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== "function") return method;
          return (...args: unknown[]): unknown =>
            flaky.down
              ? Promise.reject(new StoreError("unavailable", "as played"))
              : Reflect.apply(method, target, args);
        },
      }),
    },
  };
  return flaky;
}

describe("a CONNECT that is refused", () => {
  let stage: Stage;
  let flaky: Awaited<ReturnType<typeof openFlaky>>;
  const clock = new PlayClock();
  beforeAll(async () => {
    flaky = await openFlaky();
    stage = await setMqttStage({ overrides: { clock, store: flaky.store } });
  });
  afterAll(() => stage.close());

  const machine = (payload: string) => ({
    clientId: "machine",
    clean: false,
    properties: { sessionExpiryInterval: 3_600 },
    will: {
      topic: "app/will/status",
      payload,
      qos: 1 as const,
      retain: false,
      properties: { willDelayInterval: 60 },
    },
  });

  async function refused(payload: string, clean: boolean): Promise<void> {
    flaky.down = true;
    const { connack, thing } = await RawThing.connect(stage, "will", {
      ...machine(payload),
      clean,
    });
    flaky.down = false;
    expect(connack.reasonCode).toBe(unavailable);
    await thing.gone();
  }

  test("leaves no will, and the one of the session as it was", async () => {
    const board = await Thing.connect(stage, "will", { clientId: "board", keepalive: 0 });
    await board.client.subscribeAsync("app/will/#", { qos: 1 });
    await refused("of nobody", true);
    const before = await stage.metric("godwit_sessions_detached");
    const first = await RawThing.connect(stage, "will", machine("the first"));
    expect(first.connack.sessionPresent).toBe(false);
    first.thing.destroy();
    await stage.metricReaches("godwit_sessions_detached", (count) => count > before);
    clock.pass(30_000);
    await refused("the second", true);
    clock.pass(31_000);
    expect((await board.hears()).text).toBe("the first");
    clock.pass(3_700_000);
    expect(await board.leftovers()).toEqual([]);
    await board.leaves();
  });

  test("by which somebody was sent away leaves that one's session and will", async () => {
    const board = await Thing.connect(stage, "will", { clientId: "board", keepalive: 0 });
    await board.client.subscribeAsync("app/will/#", { qos: 1 });
    const first = await RawThing.connect(stage, "will", machine("the first"));
    await refused("the second", true);
    await first.thing.next("disconnect");
    clock.pass(61_000);
    expect((await board.hears()).text).toBe("the first");
    const back = await RawThing.connect(stage, "will", machine("the third"));
    expect(back.connack.sessionPresent).toBe(true);
    back.thing.send({ cmd: "disconnect", reasonCode: 0 });
    await board.leaves();
  });
});

describe("a password that looks like a token", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setMqttStage({ settings: { "accounts.loginAttemptsPerMinuteMax": 3 } });
  });
  afterAll(() => stage.close());

  const connect = (user: string, password: string) =>
    RawThing.connect(stage, user, { password: Buffer.from(password) });

  test("is the account's password all the same", async () => {
    const foreign = await signed("sensor", "a secret of somebody else's, forty bytes!", 1);
    for (const [user, password] of [
      ["dotted", "correct.horse.battery"],
      ["foreign", foreign],
    ] as const) {
      await stage.post("/api/register", { user, password });
      const { connack, thing } = await connect(user, password);
      expect(connack.reasonCode).toBe(0);
      thing.destroy();
    }
  });

  test("tells no more than another one, and is tried as often", async () => {
    await stage.post("/api/register", { user: "known", password: "correct horse" });
    const guess = await signed("sensor", "a secret of somebody else's, forty bytes!", 1);
    const answers = async (user: string, password: string) => {
      const { connack } = await connect(user, password);
      return [connack.reasonCode, connack.properties?.reasonString];
    };
    const plain = await answers("known", "guessed");
    expect(plain[0]).toBe(wrong);
    expect(await answers("known", "a.b.c")).toEqual(plain);
    expect(await answers("known", guess)).toEqual(plain);
    expect(await answers("unknown", guess)).toEqual(plain);
    const [reasonCode] = await answers("known", guess);
    expect(reasonCode).toBe(0x89);
  });

  test("is a token in whatever case the user is named, and nobody else's", async () => {
    const good = await token("Machine-1");
    for (const [name, reasonCode] of [
      ["machine-1", 0],
      ["machine-2", wrong],
    ] as const) {
      const { connack, thing } = await connect(name, good);
      expect(connack.reasonCode).toBe(reasonCode);
      thing.destroy();
    }
  });

  test("does not count as wrong if it is a token of this user's that holds no more", async () => {
    const user = "revoked";
    await stage.post("/api/register", { user, password: "correct horse" });
    const revoked = await signed(user, "a secret that was given up, forty bytes.", Date.now());
    for (let tries = 0; tries < 4; tries++)
      for (const name of [user, "Revoked"])
        expect((await connect(name, revoked)).connack.reasonCode).toBe(wrong);
    const { connack, thing } = await connect(user, "correct horse");
    expect(connack.reasonCode).toBe(0);
    thing.destroy();
  });
});
