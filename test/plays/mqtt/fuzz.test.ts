/** Clients that say anything at all, past their CONNECT: the server ends their connections or goes on, and has no failure of its own to log. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import {
  bad,
  good,
} from "../../../packages/server/src/gateway/protocols/mqtt/wire/testing/cases.ts";
import type { Log } from "../../../packages/server/src/lib/log.ts";
import type { Stage } from "../stage.ts";
import { RawThing, setMqttStage } from "./kit.ts";

let stage: Stage;
const failures: unknown[] = [];
const nothing = () => undefined;
const log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (...said: unknown[]) => failures.push(said),
  fatal: (...said: unknown[]) => failures.push(said),
} as unknown as Log;

beforeAll(async () => {
  stage = await setMqttStage({
    overrides: { log },
    settings: { "limits.sendsBurst": 100_000, "limits.commandsBurst": 100_000 },
  });
});
afterAll(() => stage.close());

const topic = fc.constantFrom(
  "g/u/fuzz",
  "g/c/d:fuzz:fuzz",
  "g/c/d:fuzz:fuzz/receipts",
  "g/c/d:fuzz:fuzz/typing",
  "g/u/fuzz/presence",
  "app/fuzz/a",
  "app/other/a",
  "g/me",
  "nowhere",
);
const filter = fc.oneof(
  topic,
  fc.constantFrom("#", "g/c/+", "app/+/a", "$share/s/app/fuzz/#", "+/+"),
);
const messageId = fc.integer({ min: 1, max: 4 });
const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);
const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc
    .record({
      topic,
      qos,
      messageId,
      dup: fc.boolean(),
      retain: fc.boolean(),
      payload: fc.constantFrom("x", "", '{"read": 1}', "true", '{"kind":"custom","content":{}}'),
    })
    .map((fields) => ({ cmd: "publish" as const, ...fields, dup: fields.dup && fields.qos > 0 })),
  fc.record({ filter, qos, messageId }).map(({ filter: name, qos: asked, messageId: id }) => ({
    cmd: "subscribe" as const,
    messageId: id,
    subscriptions: [{ topic: name, qos: asked, nl: false, rap: true, rh: 0 }],
  })),
  fc.record({ filter, messageId }).map(({ filter: name, messageId: id }) => ({
    cmd: "unsubscribe" as const,
    messageId: id,
    unsubscriptions: [name],
  })),
  fc
    .record({
      cmd: fc.constantFrom(
        "puback" as const,
        "pubrec" as const,
        "pubrel" as const,
        "pubcomp" as const,
      ),
      messageId,
    })
    .map((fields) => fields),
  fc.constant({ cmd: "pingreq" as const }),
);
const said = fc.oneof(
  { weight: 40, arbitrary: packet.map((each) => generate(each, { protocolVersion: 5 })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...good, ...bad).map(({ hex }) => Buffer.from(hex, "hex")),
  },
);

test("any packets in any order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(said, { minLength: 1, maxLength: 25 }),
      fc.boolean(),
      fc.constantFrom("one", "two"),
      async (packets, clean, clientId) => {
        const { thing } = await RawThing.connect(stage, "fuzz", {
          clientId,
          clean,
          properties: { sessionExpiryInterval: 60 },
        });
        thing.write(Buffer.concat(packets));
        thing.write(Buffer.from("c000", "hex"));
        await thing.answered();
        thing.destroy();
        expect(failures).toEqual([]);
        expect(thing.misread).toBeUndefined();
      },
    ),
    { numRuns: 600 },
  );
  const { thing } = await RawThing.connect(stage, "neighbour");
  expect(await thing.flush()).toEqual([]);
  thing.destroy();
}, 60_000);
