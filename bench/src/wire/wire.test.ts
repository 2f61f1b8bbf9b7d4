import { describe, expect, test } from "bun:test";
import { jsonCodec } from "@godwit/protocol";
import type { Codec, ServerFrame } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { Ids } from "../load/ids.ts";
import { binaryWire } from "./binary.ts";
import { floorFrame } from "./floor-frames.ts";
import { floorWire } from "./floor.ts";
import { jsonWire } from "./json.ts";
import { commandIdsFrom } from "./wire.ts";
import type { Ears, Wire } from "./wire.ts";

const cast = { prefix: "ab12.", payloadBytes: 64 };
const text = "x".repeat(64);
const conversation = "d:ab12.0:ab12.1";
const codecs: readonly [Codec, () => Wire][] = [
  [jsonCodec, () => jsonWire(cast, new Ids(1))],
  [binaryCodec, () => binaryWire(cast, new Ids(1))],
];

/** Ears that write down what they hear. */
function listener(): { heard: unknown[]; ears: Ears } {
  const heard: unknown[] = [];
  return {
    heard,
    ears: {
      number: 0,
      welcome: (welcome) => heard.push(["welcome", welcome]),
      acknowledged: (n, seq) => heard.push(["acknowledged", n, seq]),
      refused: (n, name) => heard.push(["refused", n, name]),
      message: (sender, n, seq) => heard.push(["message", sender, n, seq]),
      other: (frame) => heard.push(["other", frame]),
      answer: (frame) => heard.push(["answer", frame]),
    },
  };
}

/** What is heard of a frame in the middle of a buffer. */
function hear(wire: Wire, frame: string | Uint8Array): unknown[] {
  const { heard, ears } = listener();
  const payload = Buffer.from(frame as string);
  const bytes = Buffer.concat([Buffer.from("{}??"), payload, Buffer.from('"seq":9')]);
  wire.hear(bytes, 4, 4 + payload.length, ears);
  return heard;
}

const messageFrame = (
  sender: string,
  n: number,
  seq: number,
  content: Record<string, unknown> = { text },
): ServerFrame => ({
  type: "message",
  message: {
    conversation,
    seq,
    id: seq * 7,
    sender,
    device: "bench",
    clientId: new Ids(n).next(),
    clientSeq: n,
    time: 1_700_000_000_000,
    kind: "text",
    content,
  },
});

for (const [codec, makeWire] of codecs) {
  describe(`the ${codec.name} wire of the generator`, () => {
    const wire = makeWire();

    test("writes sends that the real codec reads as meant", () => {
      const out = Buffer.alloc(1_000);
      const write = wire.sender({ sender: 0, receiver: 1, conversation }, 64);
      for (const n of [1, 9, 127, 128, 16_383, 16_384, 3_000_000]) {
        const end = write(out, 10, n);
        const payload = out.subarray(10, end);
        const frame = codec.decodeCommand(codec.name === "json" ? payload.toString() : payload);
        expect(frame).toEqual({
          type: "send",
          id: n,
          conversation,
          clientId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          clientSeq: n,
          kind: "text",
          content: { text },
        });
      }
    });

    test("reads acknowledgements and messages as the real codec writes them, sampled or not", () => {
      for (const n of [1, 64, 127, 128, 6_400, 2_000_000]) {
        const ack: ServerFrame = {
          type: "send",
          id: n,
          conversation,
          seq: n * 3,
          messageId: n * 5,
          time: 1_700_000_000_000,
        };
        expect(hear(wire, codec.encodeServer(ack))).toEqual([["acknowledged", n, n * 3]]);
        expect(hear(wire, codec.encodeServer(messageFrame("ab12.17", n, n * 2)))).toEqual([
          ["message", 17, n, n * 2],
        ]);
      }
    });

    test("hears refusals of sends, and passes on the errors of other commands", () => {
      const error = { code: 4291, name: "busy", message: "later", retryable: true } as const;
      expect(hear(wire, codec.encodeServer({ type: "error", id: 5, ...error }))).toEqual([
        ["refused", 5, "busy"],
      ]);
      expect(
        hear(wire, codec.encodeServer({ type: "error", id: commandIdsFrom, ...error })),
      ).toEqual([["other", { type: "error", id: commandIdsFrom, ...error }]]);
    });

    test("does not take others' messages and system messages for its own", () => {
      expect(hear(wire, codec.encodeServer(messageFrame("stranger", 3, 4)))).toEqual([
        ["message", undefined, 3, 4],
      ]);
      const system = messageFrame("ab12.1", 3, 4, { event: "created" });
      if (system.type !== "message" || !("message" in system)) throw new Error("not a message");
      const frame: ServerFrame = {
        type: "message",
        message: { ...system.message, kind: "system" },
      };
      expect(hear(wire, codec.encodeServer(frame))).toEqual([["message", undefined, 3, 4]]);
    });

    test("notices in a sampled message that its content was changed", () => {
      expect(() =>
        hear(wire, codec.encodeServer(messageFrame("ab12.0", 64, 1, { text: "y".repeat(64) }))),
      ).toThrow("content changed");
    });

    test("says hello, and resumes", () => {
      const hello = wire.hello({ user: 3, token: "t", resume: { session: "s", position: 9 } });
      expect(codec.decodeCommand(hello)).toMatchObject({
        type: "hello",
        token: "t",
        device: "bench",
        resume: { session: "s", position: 9 },
      });
      expect(codec.decodeCommand(wire.received(64) as string)).toEqual({
        type: "received",
        position: 64,
      });
    });
  });
}

test("the floor's wire reads what its server writes", () => {
  const ack = Buffer.alloc(floorFrame.ackBytes);
  ack[0] = floorFrame.send;
  ack.writeUInt32LE(7, 1);
  ack.writeUInt32LE(9, 5);
  expect(hear(floorWire, ack)).toEqual([["acknowledged", 7, 9]]);
  const out = Buffer.alloc(200);
  const end = floorWire.sender({ sender: 4, receiver: 5, conversation: "" }, 64)(out, 0, 11);
  expect(end).toBe(floorFrame.headBytes + 64);
  out[0] = floorFrame.deliver;
  out.writeUInt32LE(4, 5);
  out.writeUInt32LE(12, 9);
  expect(hear(floorWire, out.subarray(0, end))).toEqual([["message", 4, 11, 12]]);
});
