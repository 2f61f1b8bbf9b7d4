import { describe, expect, test } from "bun:test";
import { frameOf, open, settle } from "./testing.ts";

describe("commands", () => {
  test("of one batch are not too many, nor too long", async () => {
    const { ask, hello, received } = open();
    const { id } = await hello();
    expect((await ask("POST", `/${id}?batch=1`, "x".repeat(10_001))).status).toBe(413);
    expect((await ask("POST", `/${id}?batch=1`, "x\n".repeat(8_193).slice(0, 10_000))).status).toBe(
      204,
    );
    const { ask: wide, hello: greet } = open({}, 100, 1_000_000);
    const other = await greet();
    expect((await wide("POST", `/${other.id}?batch=1`, "x\n".repeat(8_193))).status).toBe(413);
    expect(received).toHaveLength(5_001);
  });

  test("come in numbered batches, and a batch that is retried is not run again", async () => {
    const { ask, hello, received } = open();
    const { id } = await hello();
    expect((await ask("POST", `/${id}?batch=1`, "a\nb\n")).status).toBe(204);
    expect((await ask("POST", `/${id}?batch=1`, "a\nb\n")).status).toBe(204);
    expect((await ask("POST", `/${id}?batch=2`, "\nc\n\n")).status).toBe(204);
    expect(received).toEqual(['{"type":"hello"}', "a", "b", "c"]);
  });

  test("with a number that is not next are refused", async () => {
    const { ask, hello, received } = open();
    const { id } = await hello();
    expect((await ask("POST", `/${id}?batch=2`, "x")).status).toBe(409);
    expect((await ask("POST", `/${id}?batch=-1`, "x")).status).toBe(400);
    expect((await ask("POST", `/${id}?batch=1e9`, "x")).status).toBe(400);
    expect(received).toHaveLength(1);
  });

  test("wait while the session takes no more, and so does the answer", async () => {
    const { ask, hello, received } = open();
    const { id, peer } = await hello();
    peer.pause();
    const first = ask("POST", `/${id}?batch=1`, "a\nb");
    const retried = ask("POST", `/${id}?batch=1`, "a\nb");
    await settle();
    expect(received).toHaveLength(1);
    expect((await ask("POST", `/${id}?batch=2`, "c")).status).toBe(409);
    peer.resume();
    expect([(await first).status, (await retried).status]).toEqual([204, 204]);
    expect(received).toEqual(['{"type":"hello"}', "a", "b"]);
  });
});

describe("polls", () => {
  test("answer with what is there, at once", async () => {
    const { ask, hello, ids } = open();
    const { id, peer } = await hello();
    for (const n of [1, 2, 3]) peer.reply(frameOf(n));
    const response = await ask("GET", `/${id}`);
    expect(response.headers.get("cache-control")).toContain("no-store");
    expect(await ids(response)).toEqual([1, 2, 3]);
  });

  test("wait for what comes, and take all of one turn", async () => {
    const { ask, hello, ids } = open();
    const { id, peer } = await hello();
    const poll = ask("GET", `/${id}?after=0`);
    await settle();
    peer.reply(frameOf(1));
    peer.reply(frameOf(2));
    expect(await ids(poll)).toEqual([1, 2]);
  });

  test("whose answer was lost get it again, until the cursor moves", async () => {
    const { ask, hello, ids } = open();
    const { id, peer } = await hello();
    for (const n of [1, 2, 3]) peer.reply(frameOf(n));
    expect(await ids(ask("GET", `/${id}?after=0`))).toEqual([1, 2, 3]);
    expect(await ids(ask("GET", `/${id}?after=0`))).toEqual([1, 2, 3]);
    expect(await ids(ask("GET", `/${id}?after=2`))).toEqual([3]);
    // Two are forgotten: nobody may ask for them again.
    expect((await ask("GET", `/${id}?after=1`)).status).toBe(409);
    expect((await ask("GET", `/${id}?after=4`)).status).toBe(409);
    expect((await ask("GET", `/${id}?after=x`)).status).toBe(400);
    expect(await ids(ask("GET", `/${id}?after=2`))).toEqual([3]);
  });

  test("end empty when their time is over", async () => {
    const { ask, hello, ids, clock } = open();
    const { id } = await hello();
    let answered = false;
    const poll = ask("GET", `/${id}?wait=5000`).finally(() => (answered = true));
    await settle();
    clock.advance(4_900);
    await settle();
    expect(answered).toBe(false);
    clock.advance(400);
    expect(await ids(poll)).toEqual([]);
  });

  test("a newer one takes over", async () => {
    const { ask, hello, ids } = open();
    const { id, peer } = await hello();
    const older = ask("GET", `/${id}?after=0`);
    await settle();
    const newer = ask("GET", `/${id}?after=0`);
    await settle();
    expect(await ids(older)).toEqual([]);
    peer.reply(frameOf(1));
    expect(await ids(newer)).toEqual([1]);
  });

  test("come in pages", async () => {
    const { ask, hello, lines } = open({ framesMax: 10, bytesMax: 10_000_000 });
    const { id, peer } = await hello();
    const reason = "x".repeat(100_000);
    for (let n = 0; n < 5; n++) peer.reply({ type: "sync_required", reason });
    expect(await lines(ask("GET", `/${id}?after=0`))).toHaveLength(3);
    expect(await lines(ask("GET", `/${id}?after=3`))).toHaveLength(2);
  });

  test("tell the end, behind what was said before", async () => {
    const { ask, hello, lines, gone } = open();
    const { id, peer } = await hello();
    peer.reply(frameOf(1));
    peer.close("kicked", "enough");
    peer.reply(frameOf(2));
    const end = { type: "close", code: 4505, reason: "enough" };
    expect((await lines(ask("GET", `/${id}`))) as object[]).toEqual([{ ...frameOf(1) }, end]);
    expect((await lines(ask("GET", `/${id}?after=1`))) as object[]).toEqual([end]);
    expect(gone).toEqual([peer]);
  });
});

describe("time", () => {
  test("without a hello the connection ends at the deadline, whatever else is said", async () => {
    const { ask, lines, clock, listener } = open();
    const { stream } = (await (await ask("POST", "")).json()) as { stream: string };
    for (let second = 0; second < 10; second++) {
      expect((await ask("POST", `/${stream}?batch=${second + 1}`, "x")).status).toBe(204);
      clock.advance(1_000);
    }
    await settle();
    expect(await lines(ask("GET", `/${stream}`))).toMatchObject([{ code: 4003 }]);
    clock.advance(6_000);
    expect((await ask("GET", `/${stream}`)).status).toBe(404);
    expect(listener.connections).toBe(0);
  });

  test("silence for too long ends it, any request begins the silence anew", async () => {
    const { ask, hello, lines, clock, gone } = open();
    const { id } = await hello();
    for (let turn = 1; turn < 5; turn++) {
      clock.advance(25_000);
      expect((await ask("POST", `/${id}?batch=${turn}`, "")).status).toBe(204);
    }
    clock.advance(31_000);
    await settle();
    expect(gone).toHaveLength(1);
    expect(await lines(ask("GET", `/${id}`))).toMatchObject([{ code: 4002 }]);
  });

  test("one timer for all: a poll's end is not put off by another's", async () => {
    const { ask, hello, ids, clock } = open();
    const { id } = await hello();
    const other = await hello();
    const late = ask("GET", `/${other.id}?wait=25000`);
    await settle();
    const early = ask("GET", `/${id}?wait=1000`);
    await settle();
    // The other one is the watch over waves of connections.
    expect(clock.pending).toBe(2);
    clock.advance(1_500);
    expect(await ids(early)).toEqual([]);
    clock.advance(24_000);
    expect(await ids(late)).toEqual([]);
  });
});

describe("bounds", () => {
  test("frames that nobody fetches end the connection as too slow", async () => {
    const { hello, ask, lines, gone } = open({ framesMax: 50 });
    const { id, peer } = await hello();
    for (let n = 1; n <= 51; n++) peer.reply(frameOf(n));
    await settle();
    expect(gone).toEqual([peer]);
    expect(await lines(ask("GET", `/${id}`))).toMatchObject([{ code: 4001 }]);
  });

  test("bytes, too", async () => {
    const { hello, gone } = open({ bytesMax: 10_000 });
    const { peer } = await hello();
    const reason = "x".repeat(3_000);
    for (let n = 0; n < 4; n++) peer.reply({ type: "sync_required", reason });
    await settle();
    expect(gone).toEqual([peer]);
  });

  test("what was fetched and not acknowledged counts as well", async () => {
    const { hello, ask, ids, lines } = open({ framesMax: 50 });
    const { id, peer } = await hello();
    for (let n = 1; n <= 30; n++) peer.reply(frameOf(n));
    expect(await ids(ask("GET", `/${id}?after=0`))).toHaveLength(30);
    for (let n = 1; n <= 30; n++) peer.reply(frameOf(n));
    expect(await lines(ask("GET", `/${id}?after=0`))).toMatchObject([{ code: 4001 }]);
  });

  test("a replay waits until its frames are fetched", async () => {
    const { hello, ask } = open({ bytesMax: 1_000_000 });
    const { id, peer } = await hello();
    expect(peer.congested).toBe(false);
    peer.reply({ type: "sync_required", reason: "x".repeat(70_000) });
    expect(peer.congested).toBe(true);
    let drained = false;
    void peer.drained().then(() => (drained = true));
    await settle();
    expect(drained).toBe(false);
    await ask("GET", `/${id}`);
    await settle();
    expect([drained, peer.congested]).toEqual([true, false]);
  });

  test("connections from one address, with other transports", async () => {
    const { ask, hello, clock, admission } = open({}, 2);
    await hello();
    expect(admission.enter("192.0.2.1")).toBe(true);
    const full = await ask("POST", "", "x");
    expect([full.status, full.headers.get("retry-after")]).toEqual([429, "1"]);
    clock.advance(60_000);
    await settle();
    clock.advance(60_000);
    expect((await ask("POST", "", "x")).status).toBe(201);
  });

  test("none while draining; those that are there hear of the end", async () => {
    const { ask, hello, lines, listener } = open();
    const { id } = await hello();
    const poll = ask("GET", `/${id}`);
    await settle();
    listener.drain();
    expect((await ask("POST", "", "x")).status).toBe(503);
    listener.closeAll("draining");
    expect(await lines(poll)).toMatchObject([{ code: 4000 }]);
    await listener.stop();
    expect(listener.connections).toBe(0);
  });

  test("a client that asks without end is sent away", async () => {
    const { ask, hello, gone } = open();
    const { id } = await hello();
    for (let n = 0; n < 2_010; n++) await ask("GET", `/${id}?wait=0`);
    expect(gone).toHaveLength(1);
  });

  test("pages of other origins are refused, as with WebSocket", async () => {
    const { ask, hello } = open();
    const { id } = await hello();
    const statuses = async (origin: string) =>
      Promise.all([
        ask("POST", "", "x", { origin }),
        ask("GET", `/${id}?wait=0`, undefined, { origin }),
      ]).then((responses) => responses.map(({ status }) => status));
    expect(await statuses("https://evil.example")).toEqual([403, 403]);
    expect(await statuses("https://app.example")).toEqual([201, 200]);
  });
});

describe("a goodbye", () => {
  test("hands in what is left, and ends the connection", async () => {
    const { ask, hello, received, gone, listener } = open();
    const { id } = await hello();
    expect((await ask("POST", `/${id}/end?batch=1`, "bye")).status).toBe(204);
    await settle();
    expect(received.at(-1)).toBe("bye");
    expect([gone.length, listener.connections]).toEqual([1, 0]);
    expect((await ask("POST", `/${id}/end?batch=1`, "bye")).status).toBe(404);
  });
});
