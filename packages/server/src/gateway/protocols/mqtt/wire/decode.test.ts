import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { generate, parser, type Packet } from "mqtt-packet";
import { PacketError } from "./codes.ts";
import { decode } from "./decode.ts";
import { Remainder, type PacketTaker } from "./framer.ts";
import type { ClientPacket, Version } from "./packets.ts";
import { bad, good } from "./testing/cases.ts";

/** The packets in these bytes, in whatever pieces they come. The version follows from the CONNECT unless it is given. */
function read(
  bytes: Uint8Array,
  version: Version | undefined,
  { pieceBytes = bytes.length, bytesMax = 1_000_000 } = {},
): ClientPacket[] {
  const stream = new Remainder();
  const packets: ClientPacket[] = [];
  let known = version;
  const taker: PacketTaker = {
    wantsMore: true,
    packet(first, buffer, from, end) {
      const packet = decode(first, buffer, from, end, known);
      if (packet.type === "connect") known = packet.version;
      // A payload is only valid during the call, and a short one a text already.
      packets.push(
        packet.type === "publish"
          ? { ...packet, payload: Buffer.from(packet.payload as string) }
          : packet,
      );
    },
  };
  for (let at = 0; at < bytes.length; at += Math.max(1, pieceBytes)) {
    stream.push(bytes.slice(at, at + Math.max(1, pieceBytes)), bytesMax, taker);
  }
  return packets;
}

describe("packets of a client", () => {
  for (const { name, version, hex, packet } of good) {
    test(name, () => {
      const bytes = Buffer.from(hex, "hex");
      const whole = read(bytes, version);
      expect(whole).toHaveLength(1);
      expect(whole[0]).toMatchObject(packet);
      expect(read(bytes, version, { pieceBytes: 1 })).toEqual(whole);
    });
  }

  for (const { name, version, hex, reason } of bad) {
    test(`refused: ${name}`, () => {
      const bytes = Buffer.from(hex, "hex");
      let refused: unknown;
      try {
        read(bytes, version);
      } catch (error) {
        refused = error;
      }
      expect(refused).toBeInstanceOf(PacketError);
      expect((refused as PacketError).reason).toBe(reason);
    });
  }
});

describe("the stream of bytes", () => {
  test("is cut into packets wherever the pieces end", () => {
    const packets = good.filter(({ version }) => version === 4).map(({ hex }) => hex);
    const bytes = Buffer.from(packets.join(""), "hex");
    const whole = read(bytes, 4);
    expect(whole).toHaveLength(packets.length);
    for (let pieceBytes = 1; pieceBytes < bytes.length; pieceBytes++)
      expect(read(bytes, 4, { pieceBytes })).toEqual(whole);
  });

  test("a packet that is announced as too large is refused at its head", () => {
    const head = Buffer.from("30ffff7f0001", "hex");
    expect(() => read(head, 4, { bytesMax: 1_000 })).toThrow("1000 bytes");
  });

  test("a length of five bytes, or one longer than needed, is refused", () => {
    expect(() => read(Buffer.from("30ffffffff01", "hex"), 4)).toThrow("four bytes");
    expect(() => read(Buffer.from("30858000", "hex"), 4)).toThrow("longer than needed");
  });

  test("costs no more than what has come, whatever is announced", () => {
    const stream = new Remainder();
    const taker: PacketTaker = { wantsMore: true, packet: () => undefined };
    stream.push(Buffer.from("30ffff7f", "hex"), 10_000_000, taker);
    for (let at = 0; at < 1_000; at++) stream.push(Buffer.of(at & 255), 10_000_000, taker);
    expect(stream.length).toBe(1_004);
  });

  test("waits where it is told to, and goes on without new bytes", () => {
    const stream = new Remainder();
    const taker = {
      wantsMore: true,
      seen: 0,
      packet() {
        this.seen++;
        this.wantsMore = false;
      },
    };
    stream.push(Buffer.from("c000c000c000", "hex"), 100, taker);
    expect(taker.seen).toBe(1);
    stream.push(Buffer.from("c0", "hex"), 100, taker);
    expect(taker.seen).toBe(1);
    for (const wanted of [2, 3, 3]) {
      taker.wantsMore = true;
      stream.push(new Uint8Array(0), 100, taker);
      expect(taker.seen).toBe(wanted);
    }
    taker.wantsMore = true;
    stream.push(Buffer.from("00", "hex"), 100, taker);
    expect(taker.seen).toBe(4);
  });
});

describe("bytes from a stranger", () => {
  const corpus = [...good, ...bad];

  test("are packets or a PacketError, and nothing else", () => {
    const mutated = fc
      .record({
        base: fc.constantFrom(...corpus),
        edits: fc.array(fc.tuple(fc.nat(64), fc.nat(255)), { maxLength: 4 }),
        tail: fc.uint8Array({ maxLength: 12 }),
        cut: fc.nat(64),
      })
      .map(({ base, edits, tail, cut }) => {
        const bytes = Buffer.concat([Buffer.from(base.hex, "hex"), tail]);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        return {
          version: base.version,
          bytes: bytes.subarray(0, bytes.length - (cut % bytes.length)),
        };
      });
    fc.assert(
      fc.property(mutated, fc.integer({ min: 1, max: 80 }), ({ version, bytes }, pieceBytes) => {
        const outcome = (pieces: number) => {
          try {
            return read(bytes, version, { pieceBytes: pieces, bytesMax: 10_000 });
          } catch (error) {
            expect(error).toBeInstanceOf(PacketError);
            return (error as PacketError).message;
          }
        };
        // The message may name a byte's place in a chunk; that it was refused must not depend on the pieces.
        const [whole, cut] = [outcome(bytes.length), outcome(pieceBytes)];
        expect(typeof whole).toBe(typeof cut);
        if (typeof whole !== "string") expect(cut).toEqual(whole);
      }),
      { numRuns: 3_000 },
    );
  });

  test("what is accepted says the same to another parser", () => {
    const text = fc
      .string({ unit: "grapheme", maxLength: 12 })
      .filter((each) => !each.includes("\0") && each.isWellFormed());
    const publish = fc.record({
      topic: text.filter((topic) => topic !== "" && !/[+#]/.test(topic)),
      payload: fc.uint8Array({ maxLength: 300 }),
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      retain: fc.boolean(),
      messageId: fc.integer({ min: 1, max: 65_535 }),
      contentType: text,
      messageExpiryInterval: fc.nat(2 ** 32 - 1),
      version: fc.constantFrom<Version>(4, 5),
    });
    fc.assert(
      fc.property(
        publish,
        ({
          topic,
          payload,
          qos,
          retain,
          messageId,
          contentType,
          messageExpiryInterval,
          version,
        }) => {
          const packet: Packet = {
            cmd: "publish",
            topic,
            payload: Buffer.from(payload),
            qos,
            dup: false,
            retain,
            messageId,
            ...(version === 5 ? { properties: { contentType, messageExpiryInterval } } : {}),
          };
          const bytes = generate(packet, { protocolVersion: version });
          const [ours] = read(bytes, version);
          let theirs: Packet | undefined;
          const judge = parser({ protocolVersion: version });
          judge.on("packet", (each) => {
            theirs = each;
          });
          judge.parse(bytes);
          expect(theirs).toBeDefined();
          expect(ours).toMatchObject({
            type: "publish",
            topic,
            qos,
            retain,
            packetId: qos === 0 ? 0 : messageId,
          });
          expect(Buffer.from((ours as { payload: string }).payload)).toEqual(Buffer.from(payload));
          expect(theirs).toMatchObject({ topic, qos, retain });
          if (version === 5)
            expect((ours as { properties: object }).properties).toEqual({
              contentType,
              messageExpiryS: messageExpiryInterval,
            });
        },
      ),
      { numRuns: 500 },
    );
  });
});
