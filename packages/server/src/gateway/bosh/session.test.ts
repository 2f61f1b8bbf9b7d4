import { describe, expect, test } from "bun:test";
import type { Stream } from "../protocols/stream.ts";
import { bindNs, readBody } from "./body.ts";
import { BoshSession, requestsMax } from "./session.ts";

const limits = {
  depthMax: 8,
  attributesMax: 8,
  elementsMax: 8,
  stanzaBytesMax: 4_096,
};
const first = 100;

/** A session behind which nothing is but a note of what it was told. */
function open(writeBufferBytesMax = 100_000) {
  const heard: string[] = [];
  let stream: Stream | undefined;
  const protocol = {
    open: (own: Stream) => {
      stream = own;
      const data = (frame: Uint8Array | string) => void heard.push(String(frame));
      return { data, closed: () => undefined, close: () => undefined };
    },
  };
  const shared = {
    protocol,
    monotonic: () => 0,
    writeBufferBytesMax,
    waitMsMax: 50_000,
    connectDeadlineMs: 10_000,
    inactivityMs: 60_000,
    ended: () => undefined,
  };
  const bodyOf = (rid: number, inside = "") => {
    const text = `<body xmlns="${bindNs}" rid="${rid}" wait="30">${inside}</body>`;
    const read = readBody(Buffer.from(text), limits);
    if (read === undefined) throw new Error(`no body: ${text}`);
    return read;
  };
  const who = { sid: "s", address: "127.0.0.1", secure: true };
  const session = new BoshSession(shared, who, bodyOf(first));
  /** Every answer to this request. */
  const say = (rid: number, inside = "") => {
    const answers: string[] = [];
    session.take(bodyOf(rid, inside), (text) => answers.push(text));
    return answers;
  };
  const write = async (text: string) => {
    stream?.write(text);
    await Promise.resolve();
  };
  say(first);
  return { heard, say, write };
}

const gone = "item-not-found";
const stanza = (id: string) => `<message xmlns="jabber:client" id="${id}"/>`;

describe("a request that comes again", () => {
  test("is held in place of the one before, whose connection broke, and heard once", async () => {
    const { heard, say, write } = open();
    const lost = say(first + 1, stanza("a"));
    const again = say(first + 1, stanza("a"));
    expect(lost).toEqual([`<body xmlns="${bindNs}" type="error"/>`]);
    expect(again).toEqual([]);
    await write("<message>b</message>");
    expect(again).toHaveLength(1);
    expect(again[0]).toContain("<message>b</message>");
    expect(lost).toHaveLength(1);
    expect(heard.filter((frame) => frame.includes('id="a"'))).toHaveLength(1);
    expect(say(first + 1, stanza("a"))).toEqual(again);
  });

  test("waits for its predecessor in place of the one before", () => {
    const { heard, say } = open();
    const lost = say(first + 2, stanza("second"));
    const again = say(first + 2, stanza("second"));
    expect(lost[0]).toContain('type="error"');
    say(first + 1, stanza("first"));
    expect(again).toEqual([]);
    const ids = heard.map((frame) => /id="(\w+)"/.exec(frame)?.[1]);
    expect(ids.filter((id) => id !== undefined)).toEqual(["first", "second"]);
  });

  test("is answered again as long as its answer can have been missed, within the bound of what may wait", async () => {
    const { say, write } = open(1_000);
    const answers: (string | undefined)[] = [];
    for (let rid = first + 1; rid <= first + 4; rid++) {
      const answer = say(rid);
      await write(`<message>${rid}</message>`);
      answers.push(answer[0]);
    }
    for (let back = 0; back < requestsMax; back++)
      expect(say(first + 4 - back)).toEqual([answers[3 - back] as string]);
    expect(say(first + 4 - requestsMax)[0]).toContain(gone);
    const much = say(first + 5);
    await write(`<message>${"x".repeat(900)}</message>`);
    expect(say(first + 5)).toEqual(much);
    expect(say(first + 4)[0]).toContain(gone);
  });
});
