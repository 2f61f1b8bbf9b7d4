import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CannotRun } from "../cannot-run.ts";
import { BitSet } from "./bits.ts";
import { requireDescriptors } from "./descriptors.ts";
import { headBytes, opcodes, walkFrames, writeHead } from "./frames.ts";
import { Ids } from "./ids.ts";
import { Latency } from "./latency.ts";
import { Schedule, Window } from "./schedule.ts";

describe("a set of bits", () => {
  test("behaves as a set of numbers", () => {
    const numbers = fc.uniqueArray(fc.nat(2_000));
    fc.assert(
      fc.property(numbers, numbers, (here, there) => {
        const a = new BitSet();
        const b = new BitSet();
        for (const value of here) expect(a.add(value)).toBe(true);
        for (const value of there) b.add(value);
        for (const value of here) expect(a.add(value)).toBe(false);
        expect(a.size).toBe(here.length);
        expect(a.countMissingIn(b)).toBe(here.filter((value) => !there.includes(value)).length);
        const range =
          here.length === 0 ? undefined : { first: Math.min(...here), last: Math.max(...here) };
        expect(a.range()).toEqual(range);
        expect(a.has(2_001)).toBe(false);
      }),
    );
  });
});

describe("an open-loop schedule", () => {
  test("spaces messages evenly and keeps intended times and due counts in step", () => {
    const schedule = new Schedule([
      { ratePerS: 100, seconds: 1 },
      { ratePerS: 1_000, seconds: 0.5 },
      { ratePerS: 100, seconds: 1 },
    ]);
    expect(schedule.total).toBe(700);
    expect(schedule.lengthMs).toBe(2_500);
    expect(schedule.due(-1)).toBe(0);
    expect(schedule.due(0)).toBe(1);
    expect(schedule.due(10_000)).toBe(700);
    for (let k = 0; k < schedule.total; k++) {
      const ms = schedule.timeMs(k);
      expect(schedule.due(ms + 0.001)).toBeGreaterThan(k);
      if (k > 0) {
        expect(schedule.due(ms - 0.001)).toBeLessThanOrEqual(k);
        expect(ms).toBeGreaterThan(schedule.timeMs(k - 1));
      }
    }
  });

  test("does not wait for answers, as a window does", () => {
    const schedule = new Schedule([{ ratePerS: 10, seconds: 10 }]);
    expect(schedule.due(5_000)).toBe(51);
    const window = new Window(8, 1);
    expect(window.due(10, 0)).toBe(8);
    expect(window.due(999, 0)).toBe(8);
    expect(window.due(999, 5)).toBe(13);
    expect(window.due(1_001, 13)).toBe(13);
  });

  test("refuses a phase without rate or length", () => {
    expect(() => new Schedule([{ ratePerS: 0, seconds: 1 }])).toThrow(RangeError);
    expect(() => new Schedule([{ ratePerS: 1, seconds: 0 }])).toThrow(RangeError);
  });
});

describe("latencies", () => {
  test("are within a thousandth of the exact percentiles, with the exact maximum", () => {
    const latency = new Latency();
    expect(latency.percentiles()).toBeUndefined();
    for (let i = 1; i <= 100_000; i++) latency.record(i / 100);
    const { p50, p99, max } = latency.percentiles() ?? { p50: 0, p99: 0, max: 0 };
    expect(Math.abs(p50 - 500) / 500).toBeLessThan(0.001);
    expect(Math.abs(p99 - 990) / 990).toBeLessThan(0.001);
    expect(max).toBe(1_000);
  });

  test("leave nothing out: less than a microsecond and more than the histogram holds count too", () => {
    const latency = new Latency();
    latency.record(0);
    latency.record(3_600_000);
    expect(latency.count).toBe(2);
    expect(latency.percentiles()?.max).toBe(3_600_000);
  });
});

describe("client frames", () => {
  test("announce their length as RFC 6455 section 5.2 says", () => {
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
      const out = Buffer.alloc(16, 0xff);
      const at = writeHead(out, 0, opcodes.text, length);
      expect(at).toBe(headBytes(length));
      expect(out[0]).toBe(0x81);
      const short = (out[1] as number) & 0x7f;
      expect((out[1] as number) & 0x80).toBe(0x80);
      const read =
        short < 126 ? short : short === 126 ? out.readUInt16BE(2) : Number(out.readBigUInt64BE(2));
      expect(read).toBe(length);
      expect(out.readUInt32BE(at - 4)).toBe(0);
    }
  });
});

describe("server frames", () => {
  const frame = (opcode: number, payload: Buffer): Buffer => {
    const length = payload.length;
    const head =
      length < 126
        ? Buffer.from([0x80 | opcode, length])
        : length < 65_536
          ? Buffer.alloc(4)
          : Buffer.alloc(10);
    if (length >= 126) {
      head[0] = 0x80 | opcode;
      head[1] = length < 65_536 ? 126 : 127;
      if (length < 65_536) head.writeUInt16BE(length, 2);
      else head.writeBigUInt64BE(BigInt(length), 2);
    }
    return Buffer.concat([head, payload]);
  };

  test("are found wherever the bytes are cut", () => {
    const payloads = [0, 5, 125, 126, 300, 70_000].map((length) =>
      Buffer.alloc(length, length % 251),
    );
    const bytes = Buffer.concat(payloads.map((payload) => frame(opcodes.binary, payload)));
    for (const cut of [0, 1, 2, 3, 9, 130, 135, 600, bytes.length - 1, bytes.length]) {
      const seen: Buffer[] = [];
      const first = bytes.subarray(0, cut);
      const consumed = walkFrames(first, first.length, (_, from, to) =>
        seen.push(first.subarray(from, to)),
      );
      const rest = bytes.subarray(consumed);
      expect(
        walkFrames(rest, rest.length, (_, from, to) => seen.push(rest.subarray(from, to))),
      ).toBe(rest.length);
      expect(seen).toEqual(payloads);
    }
  });

  test("that are masked, fragmented or reserved are refused", () => {
    for (const head of [
      [0x81, 0x80],
      [0x01, 0x00],
      [0x80, 0x00],
      [0xc1, 0x00],
    ]) {
      expect(() => walkFrames(Buffer.from(head), 2, () => {})).toThrow("unexpected frame head");
    }
  });
});

test("client ids are UUIDs of version 4, all different", () => {
  const ids = new Ids(42);
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) seen.add(ids.next());
  expect(seen.size).toBe(100_000);
  for (const id of [...seen].slice(0, 1_000))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("more connections than this machine can open are refused with what to do, counting every socket", () => {
  const ask = () => requireDescriptors(1e12, 2);
  expect(ask).toThrow(CannotRun);
  expect(ask).toThrow(/need 2000000000150 descriptors .* or use --connections \d+/);
  expect(() => requireDescriptors(2)).not.toThrow();
});
