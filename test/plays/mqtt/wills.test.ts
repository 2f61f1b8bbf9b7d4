/** Wills that wait, of a user who comes with ever new client ids, and wills that cannot be published at once. */
import { expect, test } from "bun:test";
import { PlayClock } from "../clock.ts";
import { RawThing, setMqttStage } from "./kit.ts";

const sessionsMax = 3;
/** Sessions of one user that are remembered: docs/protocols/mqtt.md. */
const keptMax = 32;

test("those of the sessions that are too many are told at once, the others when they are due, and each once", async () => {
  const clock = new PlayClock();
  const settings = { "sessions.sessionsPerUserMax": sessionsMax };
  const stage = await setMqttStage({ overrides: { clock }, settings });
  const alice = await stage.actor("alice");
  const topic = `g/c/${alice.with("bob")}`;
  const count = keptMax + sessionsMax + 10;
  const machine = (index: number) => ({
    clientId: `machine-${index}`,
    clean: false,
    properties: { sessionExpiryInterval: 90_000 },
    will: {
      topic,
      payload: `will ${index}`,
      qos: 1 as const,
      retain: false,
      properties: { willDelayInterval: 86_400 },
    },
  });
  for (let index = 0; index < count; index++) {
    const { thing } = await RawThing.connect(stage, "bob", machine(index));
    // Leaves, and wants its will to be told.
    thing.send({ cmd: "disconnect", reasonCode: 4 });
    await thing.gone();
  }
  const told = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `will ${from + index}`);
  const early = told(0, count - keptMax - sessionsMax);
  for (const text of early) await alice.reads(text);
  expect(await alice.leftovers()).toEqual([]);
  // The session has ended with its will, and the next one has not.
  const { will: _, ...plain } = machine(0);
  const ended = await RawThing.connect(stage, "bob", plain);
  expect(ended.connack.sessionPresent).toBe(false);
  ended.thing.destroy();
  const next = `will ${early.length}`;
  await alice.reads(next);
  const back = await RawThing.connect(stage, "bob", machine(count - 1));
  expect(back.connack.sessionPresent).toBe(true);
  // Past the time that a session waits for its connection: nobody is known any more but by the will.
  clock.pass(301_000);
  await alice.connect();
  clock.pass(86_400_000);
  await stage.metricReaches("godwit_messages_stored_total", (stored) => stored >= count - 1);
  await alice.connect();
  const { messages } = await alice.call("history", { conversation: alice.with("bob"), limit: 100 });
  const texts = messages.map(({ content }) => content["text"] as string);
  expect(texts.toSorted()).toEqual(told(0, count - 1).toSorted());
  back.thing.destroy();
  await stage.close();
});

test("a client that was lost while it sent as much as it may is told of all the same, behind what it had sent", async () => {
  const clock = new PlayClock();
  const settings = { "limits.sendsPerSecondMax": 1, "limits.sendsBurst": 1 };
  const stage = await setMqttStage({ overrides: { clock }, settings });
  const alice = await stage.actor("alice");
  const topic = `g/c/${alice.with("bob")}`;
  const will = { topic, payload: "the will", qos: 1 as const, retain: false };
  const { thing } = await RawThing.connect(stage, "bob", { will });
  const message = { cmd: "publish", qos: 1, dup: false, retain: false, messageId: 1 } as const;
  thing.send({ ...message, topic, payload: "the message" });
  await thing.next("puback");
  thing.send({ cmd: "disconnect", reasonCode: 4 });
  await thing.gone();
  await alice.reads("the message");
  expect(await alice.leftovers()).toEqual([]);
  clock.pass(1_500);
  await alice.reads("the will");
  expect(await alice.leftovers()).toEqual([]);
  await stage.close();
});
