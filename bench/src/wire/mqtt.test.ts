import { describe, expect, test } from "bun:test";
import { godwitTopics, mqttWire, plainTopics } from "./mqtt.ts";
import { cast, listener } from "./testing.ts";

const listening = (number: number) =>
  listener(number, (heard, frame) => void heard.push(frame.toString("hex")));

describe("the wire of MQTT", () => {
  test("subscribes once it is in, and is welcome once that is granted", () => {
    const wire = mqttWire(cast, plainTopics);
    const { heard, ears } = listening(7);
    wire.hear(Buffer.from("20020000", "hex"), 0, 4, ears);
    wire.hear(Buffer.from("9003000101", "hex"), 0, 5, ears);
    expect(heard).toEqual([`820d00010008${Buffer.from("bench/u7").toString("hex")}01`, "welcome"]);
    expect(() => wire.hear(Buffer.from("20020005", "hex"), 0, 4, ears)).toThrow("CONNACK with 5");
  });

  test("reads what its own sender writes, cut from a stream wherever it ends", () => {
    const wire = mqttWire(cast, godwitTopics);
    const out = Buffer.alloc(4_096);
    const write = wire.sender({ sender: 4, receiver: 5, conversation: "" }, cast.payloadBytes);
    let end = 0;
    for (let n = 1; n <= 20; n++) end = write(out, end, n);
    const { heard, ears } = listening(5);
    const { carrier } = wire;
    if (carrier.by !== "stream") throw new Error("MQTT is a stream");
    let from = 0;
    for (let to = 0; to <= end; to += 7) {
      const piece = out.subarray(from, Math.min(end, to));
      from += carrier.walk(piece, piece.length, (at, until) => wire.hear(piece, at, until, ears));
    }
    const last = out.subarray(from, end);
    carrier.walk(last, last.length, (at, until) => wire.hear(last, at, until, ears));
    const messages = heard.filter((each) => Array.isArray(each));
    expect(messages).toEqual(
      Array.from({ length: 20 }, (_, at) => ["message", 4, at + 1, at * 2 + 1]),
    );
    expect(heard.slice(0, 2)).toEqual(["40020001", ["message", 4, 1, 1]]);
  });

  test("takes acknowledgements in order, and in no other", () => {
    const wire = mqttWire(cast, godwitTopics);
    const { heard, ears } = listening(5);
    for (const id of [1, 2]) wire.hear(Buffer.of(0x40, 2, 0, id), 0, 4, ears);
    expect(heard).toEqual([
      ["acknowledged", 1, 2],
      ["acknowledged", 2, 4],
    ]);
    expect(() => wire.hear(Buffer.of(0x40, 2, 0, 9), 0, 4, ears)).toThrow("out of order");
  });
});
