/** Clients that take the lowest packet identifier that is free: a repetition under an identifier that was acknowledged before. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openMemoryStore } from "../../../packages/server/src/store/memory/memory.ts";
import type { Store } from "../../../packages/server/src/store/port.ts";
import type { Stage } from "../stage.ts";
import { RawThing, setMqttStage } from "./kit.ts";

const kept = { clean: false, properties: { sessionExpiryInterval: 3_600 } } as const;

/** A store that can keep a text waiting. */
async function slowStore() {
  const store = await openMemoryStore();
  const gate = { text: "", asked: () => undefined as void, opens: Promise.resolve() };
  const append: Store["messages"]["append"] = async (batch) => {
    if (gate.text !== "" && batch.some(({ content }) => content.includes(gate.text))) {
      gate.asked();
      await gate.opens;
    }
    return store.messages.append(batch);
  };
  return { gate, store: { ...store, messages: { ...store.messages, append } } };
}

let stage: Stage;
let gate: Awaited<ReturnType<typeof slowStore>>["gate"];
beforeAll(async () => {
  const slow = await slowStore();
  gate = slow.gate;
  stage = await setMqttStage({ overrides: { store: slow.store } });
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

test("a PUBLISH without DUP is a new message, although the one before under its packet identifier was stored and never acknowledged", async () => {
  const alice = await stage.actor("anew-a");
  const topic = `g/c/${alice.with("anew-b")}`;
  const publish = { cmd: "publish", qos: 1, retain: false, messageId: 1, topic } as const;
  const asked = Promise.withResolvers<void>();
  const opens = Promise.withResolvers<void>();
  Object.assign(gate, { text: "21.5", asked: asked.resolve, opens: opens.promise });
  const first = await RawThing.connect(stage, "anew-b", kept);
  first.thing.send({ ...publish, dup: false, payload: "21.5" });
  await asked.promise;
  // The client is started anew, and begins with its packet identifiers where it did before.
  const { thing } = await RawThing.connect(stage, "anew-b", kept);
  opens.resolve();
  expect((await alice.reads("21.5")).seq).toBe(1);
  thing.send({ ...publish, dup: false, payload: "21.5" });
  expect(await thing.next("puback")).toMatchObject({ messageId: 1, reasonCode: 0 });
  expect((await alice.reads("21.5")).seq).toBe(2);
  // With DUP it is the message that was acknowledged last.
  thing.send({ ...publish, dup: true, payload: "21.5" });
  expect(await thing.next("puback")).toMatchObject({ messageId: 1, reasonCode: 0 });
  thing.destroy();
  expect(await alice.leftovers()).toEqual([]);
});
