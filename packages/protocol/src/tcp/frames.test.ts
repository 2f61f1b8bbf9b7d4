import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { controlCases, fromHex, tcpCases, type TcpFrame } from "../cases/tcp.ts";
import { DecodeError } from "../codec.ts";
import { tcpLimits } from "./bounds.ts";
import { decodeControl, encodeControl } from "./control.ts";
import { encodeFrame, headerBytesMax, VersionError } from "./header.ts";
import { FrameReader } from "./reader.ts";

/** What comes of these pieces. */
function read(pieces: readonly Uint8Array[]): {
  frames: TcpFrame[];
  outcome: string;
} {
  const frames: TcpFrame[] = [];
  const reader = new FrameReader({
    frame: (flags, channel, payload) =>
      void frames.push({ flags, channel, payload: payload.slice() }),
  });
  try {
    for (const piece of pieces) reader.push(piece);
  } catch (error) {
    if (error instanceof VersionError) return { frames, outcome: "unsupported_version" };
    if (error instanceof DecodeError) return { frames, outcome: error.reason };
    throw error;
  }
  return { frames, outcome: reader.partial ? "partial" : "frames" };
}

/** In pieces of these sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

describe("frames", () => {
  test.each(tcpCases.map((each) => [each.name, each] as const))("%s", (_name, each) => {
    expect(read([each.bytes])).toEqual({ frames: [...each.frames], outcome: each.outcome });
    for (const sizes of [[1], [2], [3, 1], [7], [4_096, 1]])
      expect(read(cut(each.bytes, sizes))).toEqual({
        frames: [...each.frames],
        outcome: each.outcome,
      });
  });

  test("any frames, in any pieces, come out as they went in", () => {
    const frame = fc.record({
      flags: fc.integer({ min: 0, max: 3 }),
      channel: fc.integer({ min: 1, max: tcpLimits.channelMax }),
      payload: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 10 }), sizes, (frames, pieces) => {
        const bytes = frames.flatMap((each) => [
          ...encodeFrame(each.channel, each.payload, each.flags),
        ]);
        expect(read(cut(Uint8Array.from(bytes), pieces))).toEqual({ frames, outcome: "frames" });
      }),
    );
  });

  test("bytes of strangers are refused or wait, and nothing else", () => {
    const corpus = fc.constantFrom(...tcpCases.map(({ bytes }) => bytes.slice(0, 400)));
    const change = fc.record({ at: fc.nat(400), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        corpus,
        fc.array(change, { maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        (bytes, changes, size) => {
          const changed = bytes.slice();
          for (const { at, byte } of changes) changed[at % changed.length] = byte;
          expect(read(cut(changed, [size]))).toEqual(read([changed]));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("an announced length takes no memory until the bytes come", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 1_000 }, () => {
      const reader = new FrameReader({ frame: () => undefined });
      reader.push(fromHex("20 01 80 80 10 7b"));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000 * 1_024);
    expect(readers.every(({ partial }) => partial)).toBe(true);
  });

  test("a stopped reader takes nothing, not even what it has", () => {
    const seen: number[] = [];
    const reader = new FrameReader({
      frame(_flags, channel) {
        seen.push(channel);
        reader.stop();
      },
    });
    reader.push(fromHex("20 01 01 7b 20 02 01 7b"));
    reader.push(fromHex("20 03 01 7b"));
    expect(seen).toEqual([1]);
  });

  test("a header is never longer than it says", () => {
    const frame = encodeFrame(tcpLimits.channelMax, new Uint8Array(tcpLimits.frameBytesMax));
    expect(frame.length - tcpLimits.frameBytesMax).toBeLessThanOrEqual(headerBytesMax);
    expect(() => encodeFrame(tcpLimits.channelMax + 1, new Uint8Array(1))).toThrow(RangeError);
  });
});

describe("control messages", () => {
  test.each(controlCases.map((each) => [each.name, each] as const))("%s", (_name, each) => {
    if (each.control !== undefined) expect(decodeControl(each.payload)).toEqual(each.control);
    else expect(() => decodeControl(each.payload)).toThrow(DecodeError);
  });

  test("bytes of strangers are understood or refused, and nothing else", () => {
    const corpus = fc.constantFrom(...controlCases.map(({ payload }) => payload));
    const change = fc.record({ at: fc.nat(100), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(corpus, fc.array(change, { maxLength: 6 }), (payload, changes) => {
        const changed = payload.slice();
        for (const { at, byte } of changes) changed[at % changed.length] = byte;
        try {
          const control = decodeControl(changed);
          // A reason that is too long is read as it is, and cut where it is written.
          const isCut =
            control.op === "close" && Buffer.byteLength(control.reason) > tcpLimits.reasonBytesMax;
          if (control.op !== "unknown" && !isCut)
            expect(decodeControl(encodeControl(control))).toEqual(control);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("a long reason is cut between characters", () => {
    const control = { op: "close", channel: 1, code: 4_000, reason: "鸟".repeat(100) } as const;
    expect(decodeControl(encodeControl(control))).toEqual({ ...control, reason: "鸟".repeat(41) });
  });
});
