import { describe, expect, test } from "bun:test";
import { jsonCodec } from "@godwit/protocol";
import { frameOf, open, settle } from "./testing.ts";

describe("server-sent events", () => {
  const wanted = { accept: "text/event-stream" };
  const reading = (response: Response) => {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    return {
      async next() {
        const { value, done } = await reader.read();
        return done ? undefined : decoder.decode(value);
      },
      cancel: () => reader.cancel(),
    };
  };

  test("carry the frames with their cursors, and go on after the last one", async () => {
    const { ask, hello } = open();
    const { id, peer } = await hello();
    const response = await ask("GET", `/${id}`, undefined, wanted);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    const stream = reading(response);
    expect((await stream.next())?.length).toBeGreaterThan(2_000);
    peer.reply(frameOf(1));
    peer.reply(frameOf(2));
    const data = (n: number) => `id: ${n}\ndata: ${String(jsonCodec.encodeServer(frameOf(n)))}\n\n`;
    expect(await stream.next()).toBe(data(1) + data(2));
    await stream.cancel();
    const again = reading(
      await ask("GET", `/${id}`, undefined, { ...wanted, "last-event-id": "1" }),
    );
    await again.next();
    expect(await again.next()).toBe(data(2));
    for (const last of ["0", "9", "x", "-1"])
      expect(
        (await ask("GET", `/${id}`, undefined, { ...wanted, "last-event-id": last })).status,
      ).toBe(409);
  });

  test("show that they live", async () => {
    const { ask, hello, clock } = open();
    const { id } = await hello();
    const stream = reading(await ask("GET", `/${id}?wait=10000`, undefined, wanted));
    await stream.next();
    const next = stream.next();
    await settle();
    clock.advance(10_500);
    expect(await next).toBe(":\n\n");
  });

  test("give way to a newer reader, and lose nothing by it", async () => {
    const { ask, hello, ids } = open();
    const { id, peer } = await hello();
    const stream = reading(await ask("GET", `/${id}`, undefined, wanted));
    await stream.next();
    const next = stream.next();
    await settle();
    const poll = ask("GET", `/${id}?after=0`);
    expect(await next).toBeUndefined();
    peer.reply(frameOf(1));
    expect(await ids(poll)).toEqual([1]);
  });

  test("tell the end", async () => {
    const { ask, hello } = open();
    const { id, peer } = await hello();
    const stream = reading(await ask("GET", `/${id}`, undefined, wanted));
    await stream.next();
    peer.close("idle");
    expect(await stream.next()).toStartWith('event: close\ndata: {"code":4002,');
    expect(await stream.next()).toBeUndefined();
  });

  test("read nothing ahead of a socket that takes nothing", async () => {
    const { ask, hello, gone } = open({ framesMax: 20 });
    const { id, peer } = await hello();
    await ask("GET", `/${id}`, undefined, wanted);
    for (let n = 0; n < 21; n++) {
      peer.reply(frameOf(n));
      await settle();
    }
    expect(gone).toEqual([peer]);
  });
});
