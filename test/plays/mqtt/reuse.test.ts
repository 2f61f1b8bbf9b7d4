/** Clients that take the lowest packet identifier that is free: a repetition under an identifier that was acknowledged before. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { RawThing, setMqttStage } from "./kit.ts";

const kept = { clean: false, properties: { sessionExpiryInterval: 3_600 } } as const;

let stage: Stage;
beforeAll(async () => {
  stage = await setMqttStage({});
});
afterAll(() => stage.close());

test("a PUBLISH with DUP that never came before is stored, although its packet identifier was acknowledged for another message", async () => {
  const alice = await stage.actor("reuse-a");
  const conversation = alice.with("reuse-b");
  const topic = `g/c/${conversation}`;
  const publish = (payload: string, dup: boolean) =>
    ({ cmd: "publish", qos: 1, dup, retain: false, messageId: 1, topic, payload }) as const;
  const first = await RawThing.connect(stage, "reuse-b", kept);
  first.thing.send(publish("first", false));
  await first.thing.next("puback");
  // The second one goes out, and is lost with the connection.
  first.thing.destroy();
  const { thing } = await RawThing.connect(stage, "reuse-b", kept);
  for (let time = 0; time < 2; time++) {
    thing.send(publish("second", true));
    expect(await thing.next("puback")).toMatchObject({ messageId: 1 });
  }
  thing.destroy();
  expect((await alice.reads("first")).seq).toBe(1);
  expect((await alice.reads("second")).seq).toBe(2);
  expect(await alice.leftovers()).toEqual([]);
});
