import { createHash } from "node:crypto";
import zlib from "node:zlib";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { binaryCodec } from "../binary.ts";
import { serverCases } from "../cases.ts";
import { DecodeError } from "../codec.ts";
import { jsonCodec } from "../json.ts";
import { tcpLimits } from "./bounds.ts";
import { compressionsOf, dictionaryOf, PayloadCoder } from "./compression.ts";
import { dictionaryVersion } from "./dictionary.ts";
import { frameFlags } from "./header.ts";

const codecs = [jsonCodec, binaryCodec];
const ways = compressionsOf(zlib).flatMap((compression) =>
  codecs.flatMap((codec) =>
    [true, false].map((shared) => {
      const dictionary = shared ? dictionaryOf(codec.name) : undefined;
      const agreed = { codec: codec.name, compression, dictionary };
      const name = `${compression} of ${codec.name}${shared ? " with the dictionary" : ""}`;
      return [name, { codec, coder: new PayloadCoder(agreed, zlib) }] as const;
    }),
  ),
);
const bytesOf = (data: string | Uint8Array) => new Uint8Array(Buffer.from(data as Uint8Array));

function refusalOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error instanceof DecodeError ? error.reason : error;
  }
  return undefined;
}

test("both algorithms are there", () => {
  expect(compressionsOf(zlib)).toEqual(["deflate", "zstd"]);
  expect(
    compressionsOf({
      deflateRawSync: zlib.deflateRawSync,
      inflateRawSync: zlib.inflateRawSync,
    }),
  ).toEqual(["deflate"]);
});

describe.each(ways)("%s", (_name, { codec, coder }) => {
  test("every frame comes back, and none gets longer", () => {
    for (const { frame } of serverCases) {
      const data = codec.encodeServer(frame);
      const { flags, bytes } = coder.encode(data);
      expect(bytes.length).toBeLessThanOrEqual(bytesOf(data).length);
      expect(new Uint8Array(coder.decode(flags, bytes))).toEqual(bytesOf(data));
    }
  });

  test("what does not get shorter stays as it is", () => {
    const noise = crypto.getRandomValues(new Uint8Array(5_000));
    expect(coder.encode(noise)).toEqual({ flags: 0, bytes: noise });
    expect(coder.encode("{}").flags).toBe(0);
  });

  test("the largest frame fits, and what would become larger is refused without being made", () => {
    const largest = new Uint8Array(tcpLimits.frameBytesMax);
    const { flags, bytes } = coder.encode(largest);
    expect(flags).toBe(frameFlags.compressed);
    expect(coder.decode(flags, bytes).length).toBe(largest.length);
    const bomb = coder.encode(new Uint8Array(50_000_000));
    const before = process.memoryUsage().rss;
    expect(refusalOf(() => coder.decode(bomb.flags, bomb.bytes))).toBe("frame_too_large");
    expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  });

  test("broken data is refused", () => {
    const whole = coder.encode(JSON.stringify({ text: "much of the same ".repeat(50) }));
    expect(whole.flags).toBe(frameFlags.compressed);
    fc.assert(
      fc.property(fc.nat(whole.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const broken = whole.bytes.slice();
        broken[at] = (broken[at] ?? 0) ^ flip;
        const refusal = refusalOf(() => coder.decode(whole.flags, broken));
        expect([undefined, "bad_frame", "frame_too_large"]).toContain(refusal as undefined);
      }),
    );
    expect(refusalOf(() => coder.decode(1, whole.bytes.subarray(0, 20)))).toBe("bad_frame");
  });

  test("a broadcast is compressed once", () => {
    const data = codec.encodeServer({ type: "ping", id: 1, time: 1, position: 1 });
    expect(coder.encode(data)).toBe(coder.encode(data));
  });
});

test("flags of what was not agreed on are refused", () => {
  const plain = new PayloadCoder();
  expect(refusalOf(() => plain.decode(frameFlags.compressed, new Uint8Array(9)))).toBe("bad_frame");
  expect(refusalOf(() => plain.decode(frameFlags.encrypted, new Uint8Array(9)))).toBe("bad_frame");
});

test("small frames of text win by the dictionary", () => {
  const message = serverCases.find(({ frame }) => frame.type === "message")?.frame;
  const data = jsonCodec.encodeServer(message as never);
  const sizes = [dictionaryOf("json"), undefined].map((dictionary) => {
    const agreed = { codec: "json", compression: "deflate", dictionary } as const;
    return new PayloadCoder(agreed, zlib).encode(data).bytes.length;
  });
  expect(sizes[0]).toBeLessThan((sizes[1] ?? 0) * 0.65);
});

test("the dictionaries are those that were released", () => {
  const hash = (codec: "json" | "binary") =>
    createHash("sha256").update(dictionaryOf(codec)).digest("hex");
  expect([dictionaryVersion, hash("json"), hash("binary")]).toEqual([
    1,
    "b6853f50804d6e4b61a5ae4aada18db396bb9642ec17b8eee96a20dcf3ef07c0",
    "3978569cacd62fd5455fa32e6c659368607922a6640be896366e4d70dcc9f903",
  ]);
});
