import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { binaryCodec } from "./binary.ts";
import { arbitraryCommand, arbitraryServerFrame } from "./cases/arbitrary.ts";
import { commandCases, hostileCases, serverCases } from "./cases.ts";
import { DecodeError, type Codec, type RawFrame } from "./codec.ts";
import type { CommandFrame, ServerFrame } from "./frames.ts";
import { jsonCodec } from "./json.ts";
import { limits } from "./limits.ts";
import { commands, events } from "./schemas.ts";

const codecs = { json: jsonCodec, binary: binaryCodec };
const runs = { numRuns: 300 };

/** The frame, or the DecodeError; any other exception fails the test. */
function decoded(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error;
  }
}

function expectUnpolluted(): void {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
}

function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

test("the cases cover every command, reply and event", () => {
  const sent = new Set(commandCases.map(({ frame }) => frame.type));
  expect([...sent].sort()).toEqual(Object.keys(commands).sort() as never);
  const replies = new Set<string>(
    serverCases.filter(({ frame }) => "id" in frame).map(({ frame }) => frame.type),
  );
  expect([...replies].sort()).toEqual([...Object.keys(commands), "error"].sort());
  const announced = new Set<string>(
    serverCases.filter(({ frame }) => !("id" in frame)).map(({ frame }) => frame.type),
  );
  expect([...announced].sort()).toEqual([...Object.keys(events), "error"].sort());
});

for (const codec of Object.values(codecs)) {
  describe(codec.name, () => {
    test.each([...commandCases])("carries the command: $name", ({ frame }) => {
      const data = codec.encodeCommand(frame);
      expect(codec.decodeCommand(data)).toStrictEqual(frame as RawFrame);
      expect(codec.decodeCommand(toBytes(data))).toStrictEqual(frame as RawFrame);
    });

    test.each([...serverCases])("carries from the server: $name", ({ frame }) => {
      expect(codec.decodeServer(codec.encodeServer(frame))).toStrictEqual(frame);
    });

    test("carries any command", () => {
      fc.assert(
        fc.property(arbitraryCommand, (frame) => {
          expect(codec.decodeCommand(codec.encodeCommand(frame))).toStrictEqual(frame as RawFrame);
        }),
        runs,
      );
    });

    test("carries any frame from the server", () => {
      fc.assert(
        fc.property(arbitraryServerFrame, (frame) => {
          expect(codec.decodeServer(codec.encodeServer(frame))).toStrictEqual(frame);
        }),
        runs,
      );
    });

    test.each(hostileCases.filter((hostile) => hostile.codec === codec.name))(
      "$name",
      ({ data, outcome }) => {
        const result = decoded(() => codec.decodeCommand(data));
        if (outcome === "bad_frame" || outcome === "frame_too_large") {
          expect(result).toBeInstanceOf(DecodeError);
          expect((result as DecodeError).reason).toBe(outcome);
        } else {
          expect(result).not.toBeInstanceOf(DecodeError);
          expect(typeof (result as RawFrame).type).toBe("string");
        }
        decoded(() => codec.decodeServer(data));
        expectUnpolluted();
      },
    );

    test("refuses every strict beginning of a frame", () => {
      for (const { frame } of commandCases.filter(
        ({ name }) => name === "send" || name === "hello",
      )) {
        const data = codec.encodeCommand(frame);
        for (let length = 0; length < data.length; length++) {
          expect(() => codec.decodeCommand(data.slice(0, length))).toThrow(DecodeError);
        }
      }
    });

    test("survives any bytes", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
          decoded(() => codec.decodeCommand(data));
          decoded(() => codec.decodeServer(data));
        }),
        { numRuns: 2_000 },
      );
      expectUnpolluted();
    });

    test("survives any damage to a valid frame", () => {
      const frames = [
        ...commandCases.map(({ frame }) => toBytes(codec.encodeCommand(frame))),
        ...serverCases.map(({ frame }) => toBytes(codec.encodeServer(frame))),
      ].filter((data) => data.length < 2_000);
      const damage = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
      fc.assert(
        fc.property(
          fc.constantFrom(...frames),
          fc.array(damage, { minLength: 1, maxLength: 5 }),
          (frame, damages) => {
            const data = frame.slice();
            for (const { at, byte } of damages) data[at % data.length] = byte;
            decoded(() => codec.decodeCommand(data));
            decoded(() => codec.decodeServer(data));
          },
        ),
        { numRuns: 3_000 },
      );
      expectUnpolluted();
    });

    test("keeps no memory between frames", () => {
      const short = codec.encodeCommand({ type: "ping", id: 1 });
      const long = codec.encodeCommand({ type: "refresh", id: 2, token: "t".repeat(100_000) });
      const again = codec.encodeCommand({ type: "ping", id: 3 });
      expect(codec.decodeCommand(short)).toEqual({ type: "ping", id: 1 });
      expect(codec.decodeCommand(long)["token"]).toHaveLength(100_000);
      expect(codec.decodeCommand(again)).toEqual({ type: "ping", id: 3 });
    });

    test("replaces lone surrogates and drops __proto__", () => {
      const content = JSON.parse(
        '{"text":"a\\ud800b","__proto__":{"admin":true},"\\udfffkey":["\\ude00"]}',
      );
      const frame = codec.decodeCommand(codec.encodeCommand({ ...sendOf(content), id: 1 }));
      expect(frame["content"]).toStrictEqual({ text: "a\ufffdb", "\ufffdkey": ["\ufffd"] });
      expect((frame["content"] as { admin?: boolean }).admin).toBeUndefined();
    });

    test("carries text of every length around the length's own bytes", () => {
      for (const length of [
        0, 1, 39, 40, 41, 42, 43, 63, 64, 127, 128, 129, 5_461, 16_383, 16_384, 20_000,
      ]) {
        for (const unit of ["a", "é", "你", "🐦"]) {
          const frame = sendOf({ text: unit.repeat(length) });
          expect(codec.decodeCommand(codec.encodeCommand(frame))).toStrictEqual(frame as RawFrame);
          const refresh = { type: "refresh", token: unit.repeat(length) } as const;
          expect(codec.decodeCommand(codec.encodeCommand(refresh))).toStrictEqual(refresh);
        }
      }
    });
  });
}

test("both codecs say the same", () => {
  fc.assert(
    fc.property(arbitraryCommand, arbitraryServerFrame, (command, server) => {
      expect(through(binaryCodec, command, server)).toStrictEqual(
        through(jsonCodec, command, server),
      );
    }),
    runs,
  );
});

test("JSON: survives any JSON", () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: "binary" }), (text) => {
      decoded(() => jsonCodec.decodeCommand(text));
    }),
    { numRuns: 1_000 },
  );
  expectUnpolluted();
});

test("binary: names the field that cannot be encoded", () => {
  const frame = sendOf({ text: "a" });
  for (const [field, value] of Object.entries({
    clientSeq: -1,
    conversation: 5,
    kind: "hologram",
    mentions: "bob",
    content: undefined,
  })) {
    const encode = () => binaryCodec.encodeCommand({ ...frame, [field]: value });
    if (value === undefined) expect(encode).not.toThrow();
    else expect(encode).toThrow(new RegExp(`^${field} `));
  }
  for (const value of [Number.NaN, 1.5, 2 ** 53, Infinity, "1", null]) {
    expect(() => binaryCodec.encodeCommand({ ...frame, clientSeq: value } as CommandFrame)).toThrow(
      /^clientSeq /,
    );
    expect(() => binaryCodec.encodeCommand({ ...frame, id: value } as CommandFrame)).toThrow(
      /^id /,
    );
  }
  expect(() => binaryCodec.encodeCommand({ type: "frobnicate" } as never)).toThrow(TypeError);
  expect(() => binaryCodec.encodeServer({ type: "constructor" } as never)).toThrow(TypeError);
});

test("binary: a server's newer events and enum values reach the client under their numbers", () => {
  expect(binaryCodec.decodeServer(Uint8Array.of(0xc2, 0x25, 0x00))).toEqual({
    type: "#600",
  } as never);
  const kind = binaryCodec.encodeServer({
    type: "presence",
    presence: { user: "b", status: "away" },
  });
  expect(kind).toBeInstanceOf(Uint8Array);
  const newer = (kind as Uint8Array).slice();
  newer[newer.length - 1] = 9;
  expect(binaryCodec.decodeServer(newer)).toEqual({
    type: "presence",
    presence: { user: "b", status: "9" },
  } as never);
});

test("a frame at the limit is taken, one byte more is not", () => {
  const head = '{"type":"ping","pad":"';
  const text = `${head}${"x".repeat(limits.frameBytesMax - head.length - 2)}"}`;
  expect(jsonCodec.decodeCommand(text).type).toBe("ping");
  expect(() => jsonCodec.decodeCommand(`${text} `)).toThrow(DecodeError);
});

function sendOf(content: Record<string, unknown>): CommandFrame {
  return {
    type: "send",
    conversation: "d:alice:bob",
    clientId: "3b241101-e2bb-4255-8caf-4136c566a962",
    clientSeq: 1,
    kind: "text",
    content,
  };
}

function through(codec: Codec, command: CommandFrame, server: ServerFrame): unknown {
  return [
    codec.decodeCommand(codec.encodeCommand(command)),
    codec.decodeServer(codec.encodeServer(server)),
  ];
}
