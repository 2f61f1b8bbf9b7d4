import { describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { frameOf, openBin, TestLink, turns } from "./testing.ts";

describe("flow control", () => {
  test("a client that takes nothing on one channel gets everything on the other", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1, 2]);
    link.sends(1, "{}");
    link.sends(2, "{}");
    const [slow, quick] = native.received.map(({ peer }) => peer);
    for (let at = 0; at < 60; at++) {
      slow?.reply(frameOf(at, 5_000));
      quick?.reply(frameOf(at, 500));
    }
    await turns();
    const on = (channel: number) => link.frames.filter((frame) => frame.channel === channel);
    expect(on(2)).toHaveLength(60);
    expect(on(1).length).toBeLessThan(20);
    expect([slow?.congested, quick?.congested]).toEqual([true, false]);
    let drained = false;
    void slow?.drained().then(() => (drained = true));
    link.says({ op: "credit", channel: 1, bytes: 100_000 });
    await turns();
    expect(drained).toBe(false);
    link.says({ op: "credit", channel: 1, bytes: 1_000_000 });
    await turns();
    expect(drained).toBe(true);
    expect(on(1).map(({ text }) => JSON.parse(text).id)).toEqual([...Array(60).keys()]);
  });

  test("a channel that nobody reads is closed at its bound, and its neighbours stay", async () => {
    const { native, protocol } = openBin({ writeBufferBytesMax: 300_000 });
    const link = new TestLink(protocol).begins([1, 2]);
    link.sends(1, "{}");
    link.sends(2, "{}");
    const [slow, quick] = native.received.map(({ peer }) => peer);
    for (let at = 0; at < 100; at++) slow?.reply(frameOf(at, 5_000));
    await turns();
    expect(link.closes).toMatchObject([{ channel: 1, code: closeCodes.slow_reader.code }]);
    quick?.reply(frameOf(1));
    await turns();
    expect(link.frames.at(-1)?.channel).toBe(2);
  });

  test("past the bound of the connection it is the channel with the most that goes", async () => {
    const { native, protocol } = openBin({
      pendingBytesMax: 400_000,
      writeBufferBytesMax: 450_000,
    });
    const link = new TestLink(protocol).begins([1, 2, 3]);
    for (const channel of [1, 2, 3]) link.sends(channel, "{}");
    const [first, second, third] = native.received.map(({ peer }) => peer);
    for (let at = 0; at < 60; at++) first?.reply(frameOf(at, 5_000));
    for (let at = 0; at < 30; at++) second?.reply(frameOf(at, 5_000));
    for (let at = 0; at < 40; at++) third?.reply(frameOf(at, 5_000));
    await turns();
    expect(link.closes).toMatchObject([{ channel: 1, code: closeCodes.slow_reader.code }]);
  });

  test("a socket that takes nothing gets a burst and no more", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1], { windowBytes: 10_000_000 });
    link.sends(1, "{}");
    const peer = native.received[0]?.peer;
    link.block();
    for (let at = 0; at < 100; at++) peer?.reply(frameOf(at, 5_000));
    await turns();
    expect(link.buffered.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(80_000);
    link.unblock();
    await turns();
    expect(link.frames).toHaveLength(100);
  });

  test("a paused channel holds what comes, in order, and grants nothing until it is processed", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1, 2]);
    native.answer = ({ peer, text }) => {
      if (text.startsWith("stop")) peer.pause();
    };
    link.sends(1, "stop 1");
    const text = "x".repeat(30_000);
    for (const each of [`a${text}`, "stop 2", `b${text}`]) link.sends(1, each);
    link.sends(2, "other");
    await turns();
    expect(native.texts()).toEqual(["stop 1", "other"]);
    expect(link.said.filter(({ op }) => op === "credit")).toEqual([]);
    const peer = native.received[0]?.peer;
    peer?.resume();
    await turns();
    expect(native.texts().map((each) => each.slice(0, 6))).toEqual([
      "stop 1",
      "other",
      "axxxxx",
      "stop 2",
    ]);
    peer?.resume();
    await turns();
    expect(native.texts().at(-1)?.slice(0, 6)).toBe("bxxxxx");
    expect(link.said.filter(({ op }) => op === "credit")).toMatchObject([{ channel: 1 }]);
  });

  test("who sends without credit loses the channel", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1, 2]);
    native.answer = ({ peer }) => peer.pause();
    for (let at = 0; at < 10; at++) link.sends(1, "x".repeat(30_000));
    await turns();
    expect(link.closes).toMatchObject([{ channel: 1, code: closeCodes.flooding.code }]);
    link.sends(2, "{}");
    expect(native.texts().at(-1)).toBe("{}");
  });

  test("tiny frames are bounded too", async () => {
    const { native, protocol } = openBin();
    const link = new TestLink(protocol).begins([1]);
    native.answer = ({ peer }) => peer.pause();
    for (let at = 0; at < 2_000; at++) link.sends(1, "x");
    await turns();
    expect(link.closes).toMatchObject([{ channel: 1, code: closeCodes.flooding.code }]);
  });
});
