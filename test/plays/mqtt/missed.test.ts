/** What a session has missed when its events are lost, and what it has not. */
import { expect, test } from "bun:test";
import { PlayClock } from "../clock.ts";
import { RawThing, setMqttStage } from "./kit.ts";

const kept = { clean: false, properties: { sessionExpiryInterval: 3_600 } } as const;

test("after a crash a session that had nothing yet gets what came since it began, and nothing of before", async () => {
  const clock = new PlayClock();
  const settings = { "store.engine": "sqlite" };
  const stage = await setMqttStage({ overrides: { clock }, settings });
  const [alice] = await stage.cast("alice", "bob");
  const conversation = alice.with("bob");
  for (const text of ["old", "older"]) await alice.says(conversation, text);
  clock.pass(1_000);
  const { thing } = await RawThing.connect(stage, "bob", kept);
  const topic = `g/c/${conversation}`;
  thing.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1, rh: 2 }] });
  await thing.next("suback");
  expect(await thing.flush()).toEqual([]);
  const crashed = stage.crash();
  thing.destroy();
  await crashed;
  await alice.connect();
  await alice.says(conversation, "new");
  const back = await RawThing.connect(stage, "bob", kept);
  expect((await back.thing.next("publish")).payload.toString()).toBe("new");
  back.thing.destroy();
  await stage.close();
});

test("a session that has missed more than a client may ask for at once gets it by one connection", async () => {
  const clock = new PlayClock();
  const settings = { "limits.commandsPerSecondMax": 100, "limits.commandsBurst": 10 };
  const stage = await setMqttStage({ overrides: { clock }, settings });
  const names = Array.from({ length: 8 }, (_, index) => `friend-${index}`);
  const [bob, ...friends] = await stage.cast("bob", ...names);
  const { thing } = await RawThing.connect(stage, "bob", kept);
  thing.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "g/c/+", qos: 1, rh: 2 }],
  });
  await thing.next("suback");
  thing.send({ cmd: "disconnect", reasonCode: 0 });
  await thing.gone();
  // Past the time that the session waits for its connection: only the store knows.
  clock.pass(301_000);
  for (const friend of friends) {
    await friend.connect();
    for (const text of ["one", "two", "three"]) await friend.says(friend.with("bob"), text);
  }
  await bob?.connect();
  const back = await RawThing.connect(stage, "bob", kept);
  expect(back.connack.sessionPresent).toBe(true);
  const texts: string[] = [];
  while (texts.length < 24) texts.push((await back.thing.next("publish")).payload.toString());
  expect(texts).toEqual(names.flatMap(() => ["one", "two", "three"]));
  back.thing.destroy();
  await stage.close();
});
