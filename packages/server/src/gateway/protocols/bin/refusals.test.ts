import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { closeCodes } from "@godwit/protocol";
import { controlCases, tcpCases } from "@godwit/protocol/cases";
import { encodeFrame, tcpLimits } from "@godwit/protocol/tcp";
import { openBin, TestLink, turns } from "./testing.ts";

const codeOf = (link: TestLink) => link.ending?.code;

describe("what is refused", () => {
  const open = (channels: readonly number[] = [1]) => {
    const opened = openBin();
    return { ...opened, link: new TestLink(opened.protocol).begins(channels) };
  };

  test.each(
    tcpCases
      .filter(({ outcome }) => !["frames", "partial"].includes(outcome))
      .map((each) => [each.name, each] as const),
  )("%s", (_name, { bytes, outcome }) => {
    for (const link of [new TestLink(openBin().protocol), open().link]) {
      link.bytes(bytes);
      expect(codeOf(link)).toBe(closeCodes[outcome as "bad_frame"].code);
      expect(link.ended).toBe(true);
    }
  });

  test.each(
    controlCases
      .filter(({ control }) => control === undefined)
      .map((each) => [each.name, each.payload] as const),
  )("on channel 0, %s", (_name, payload) => {
    for (const link of [new TestLink(openBin().protocol), open().link]) {
      link.bytes(encodeFrame(0, payload));
      expect(codeOf(link)).toBe(closeCodes.bad_frame.code);
    }
  });

  test.each([
    ["a frame before the hello", (link: TestLink) => link.sends(1, "{}"), false],
    [
      "a channel before the hello",
      (link: TestLink) => link.says({ op: "open", channel: 1 }),
      false,
    ],
    ["a second hello", (link: TestLink) => link.begins([]), true],
    [
      "a welcome",
      (link: TestLink) => link.says({ op: "welcome", windowBytes: 65_536, channelsMax: 1 }),
      true,
    ],
    ["a channel that was not opened", (link: TestLink) => link.sends(2, "{}"), true],
    ["a channel that is open", (link: TestLink) => link.says({ op: "open", channel: 1 }), true],
    [
      "a lower number",
      (link: TestLink) => link.says({ op: "open", channel: 9 }, { op: "open", channel: 5 }),
      true,
    ],
    [
      "flags on channel 0",
      (link: TestLink) => link.bytes(encodeFrame(0, Buffer.of(3, 2), 1)),
      true,
    ],
    [
      "credit beyond all bounds",
      (link: TestLink) => {
        for (let at = 0; at < 5_000 && !link.ended; at++)
          link.says({ op: "credit", channel: 1, bytes: 2 ** 28 - 1 });
      },
      true,
    ],
  ])("%s", (_name, act, begun) => {
    const link = begun ? open().link : new TestLink(openBin().protocol);
    act(link);
    expect(codeOf(link)).toBe(closeCodes.bad_frame.code);
    expect(link.ended).toBe(true);
  });

  test("compression that was not agreed on ends the channel, and no other", async () => {
    const { native, link } = open([1, 2]);
    link.bytes(encodeFrame(1, Buffer.from("{}"), 1));
    link.bytes(encodeFrame(2, Buffer.from("{}")));
    await turns();
    expect(link.closes).toMatchObject([{ channel: 1, code: closeCodes.bad_frame.code }]);
    expect(native.texts()).toEqual(["{}"]);
  });

  test("a bomb ends its channel", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1], { compression: ["deflate"] });
    link.bytes(encodeFrame(1, deflateRawSync(Buffer.alloc(tcpLimits.frameBytesMax * 100)), 1));
    await turns();
    expect(link.closes).toMatchObject([{ channel: 1, code: closeCodes.frame_too_large.code }]);
    expect(native.received).toEqual([]);
  });

  test("a frame that takes too long", () => {
    const { clock, link } = open();
    link.bytes(Buffer.of(0x20, 1, 100));
    clock.advance(100_000);
    link.bytes(Buffer.of(0x20));
    expect(link.ended).toBe(false);
    clock.advance(30_000);
    link.bytes(Buffer.of(0x20));
    expect(codeOf(link)).toBe(closeCodes.idle.code);
  });

  test("frames without end for a channel that is over", () => {
    const { link } = open([1, 2]);
    link.says({ op: "close", channel: 1, code: 1_000, reason: "" });
    for (let at = 0; at < 20_000 && !link.ended; at++) link.sends(1, "{}");
    expect(codeOf(link)).toBe(closeCodes.flooding.code);
  });

  test("whatever strangers send, the server says why it ends or goes on, and keeps no channel", async () => {
    const corpus = [
      ...tcpCases.map(({ bytes }) => bytes.slice(0, 300)),
      ...controlCases.map(({ payload }) => encodeFrame(0, payload)),
    ];
    const piece = fc.record({
      bytes: fc.constantFrom(...corpus),
      at: fc.nat(300),
      byte: fc.nat(255),
      change: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(piece, { maxLength: 12 }), async (begun, pieces) => {
        const { admission, protocol } = openBin({}, 1_000);
        const link = new TestLink(protocol);
        if (begun) link.begins([1]);
        for (const { bytes, at, byte, change } of pieces) {
          const sent = bytes.slice();
          if (change) sent[at % sent.length] = byte;
          if (!link.ended) link.bytes(sent);
        }
        if (link.ended) expect(link.closes.length + link.said.length).toBeGreaterThan(0);
        link.gone();
        await turns();
        for (let entered = 0; entered < 1_000; entered++)
          expect(admission.enter(link.address)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
