import { describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { encodeControl, encodeFrame } from "@godwit/protocol/tcp";
import { frameOf, openBin, TestLink, turns } from "./testing.ts";

const codeOf = (link: TestLink) => link.ending?.code;

describe("a connection", () => {
  test("carries frames of its channels both ways, each to its own", async () => {
    const { native, protocol } = openBin();
    native.answer = ({ peer, text }) => peer.reply(frameOf(Number(text)));
    const link = new TestLink(protocol).begins([1, 2, 7]);
    link.sends(7, "70");
    link.sends(1, "10");
    await turns();
    expect(link.said[0]).toMatchObject({ op: "welcome", windowBytes: 65_536, channelsMax: 100 });
    expect(link.frames.map(({ channel, text }) => [channel, JSON.parse(text).id])).toEqual([
      [7, 70],
      [1, 10],
    ]);
    expect(native.received[0]?.peer).not.toBe(native.received[1]?.peer as never);
  });

  test("hello, channel and frame may come in one packet, or byte by byte", async () => {
    const packet = Buffer.concat([
      encodeFrame(0, encodeControl({ op: "hello", codec: "json", windowBytes: 65_536 })),
      encodeFrame(0, encodeControl({ op: "open", channel: 1 })),
      encodeFrame(1, Buffer.from("{}")),
    ]);
    for (const size of [packet.length, 1]) {
      const { native, protocol } = openBin();
      const link = new TestLink(protocol);
      for (let at = 0; at < packet.length; at += size) link.bytes(packet.subarray(at, at + size));
      await turns();
      expect(native.texts()).toEqual(["{}"]);
    }
  });

  test("compresses what wins, for those who asked, and expands what comes", async () => {
    const { native, protocol } = openBin();
    native.answer = ({ peer }) => peer.reply(frameOf(1, 5_000));
    const offer = { compression: ["something-new", "deflate"], dictionary: 1 };
    const link = new TestLink(protocol).begins([1], offer);
    link.sends(1, "{}");
    await turns();
    expect(link.said[0]).toMatchObject({ compression: "deflate", dictionary: 1 });
    expect(link.frames[0]?.text.length).toBeLessThan(200);
    const older = new TestLink(protocol).begins([1], { compression: ["zstd"], dictionary: 9 });
    expect(older.said[0]).toMatchObject({ compression: "zstd", dictionary: 0 });
  });

  test("the end of the socket is the end of every channel, once", async () => {
    const { native, admission, protocol } = openBin({}, 3);
    const link = new TestLink(protocol).begins([1, 2, 3]);
    expect(admission.enter(link.address)).toBe(false);
    link.gone();
    await turns();
    expect(native.closedPeers).toHaveLength(3);
    expect(native.closedPeers.every(({ closed }) => closed)).toBe(true);
    expect(admission.enter(link.address)).toBe(true);
  });

  test("closes with what is queued, and then the reason", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1]);
    link.sends(1, "{}");
    native.received[0]?.peer.reply(frameOf(1));
    link.closeBy("draining");
    expect(link.frames).toHaveLength(1);
    expect(link.ending).toMatchObject({ channel: 0, code: closeCodes.draining.code });
    expect(link.ended).toBe(true);
  });

  test("may be silent for as long as the session that may be the longest", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1, 2]);
    link.sends(1, "{}");
    link.sends(2, "{}");
    const [first, second] = native.received;
    if (first !== undefined) first.peer.silenceMsMax = 60_000;
    if (second !== undefined) second.peer.silenceMsMax = 30_000;
    expect(link.silenceMsMax).toBe(60_000);
  });
});

describe("channels", () => {
  test("close one by one, and take nobody along", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1, 2]);
    link.sends(1, "{}");
    link.sends(2, "{}");
    const [first] = native.received;
    first?.peer.reply(frameOf(1));
    first?.peer.close("kicked", "Because.");
    first?.peer.reply(frameOf(2));
    expect(native.closedPeers).toEqual([]);
    await turns();
    expect(link.frames).toHaveLength(1);
    expect(link.closes).toEqual([
      { op: "close", channel: 1, code: closeCodes.kicked.code, reason: "Because." },
    ]);
    expect(native.closedPeers).toEqual([first?.peer as never]);
    // What was under way when it closed is not heard, and no fault.
    link.sends(1, "late");
    link.sends(2, "more");
    expect(native.texts()).toEqual(["{}", "{}", "more"]);
    expect(link.ended).toBe(false);
  });

  test("closed by the client are over at once", () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1, 2]);
    link.says({ op: "close", channel: 1, code: 1_000, reason: "" });
    expect(native.closedPeers).toHaveLength(1);
    expect(link.ended).toBe(false);
    link.says({ op: "close", channel: 0, code: 1_000, reason: "" });
    expect(link.ended).toBe(true);
  });

  test("must say a hello in time, each by itself", async () => {
    const { clock, native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1]);
    link.sends(1, "{}");
    if (native.received[0] !== undefined) native.received[0].peer.session = {} as never;
    clock.advance(6_000);
    link.says({ op: "open", channel: 2 });
    clock.advance(6_000);
    await turns();
    expect(link.closes).toEqual([]);
    clock.advance(5_000);
    await turns();
    expect(link.closes).toMatchObject([{ channel: 2, code: closeCodes.connect_deadline.code }]);
    expect(link.ended).toBe(false);
  });

  test("no more than the bound, nor than the address may have", () => {
    const { protocol } = openBin({ channelsMax: 2 });
    const link = new TestLink(protocol).begins([1, 2, 3]);
    expect(link.closes).toMatchObject([{ channel: 3, code: closeCodes.overloaded.code }]);
    const full = new TestLink(openBin({}, 1).protocol).begins([1, 2]);
    expect(full.closes).toMatchObject([{ channel: 2, code: closeCodes.overloaded.code }]);
    expect([link.ended, full.ended]).toEqual([false, false]);
  });

  test("opened without end are a flood", () => {
    const { native, protocol } = openBin({ channelsMax: 50 });
    const link = new TestLink(protocol).begins([]);
    for (let channel = 1; channel <= 300 && !link.ended; channel++)
      link.says({ op: "open", channel }, { op: "close", channel, code: 1_000, reason: "" });
    expect(codeOf(link)).toBe(closeCodes.flooding.code);
    expect(native.closedPeers).toHaveLength(101);
  });
});
