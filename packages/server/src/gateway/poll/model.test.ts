import { expect, test } from "bun:test";
import fc from "fast-check";
import { frameOf, open, settle } from "./testing.ts";

test("whatever is polled, streamed, lost or retried: every frame in order, none lost", async () => {
  const step = fc.constantFrom("write", "poll", "lose", "stream", "stale", "pass");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { ask, hello, ids, clock, gone } = open();
      const { id, peer } = await hello();
      let written = 0;
      const got: number[] = [];
      for (const each of steps) {
        if (each === "write") peer.reply(frameOf(++written));
        else if (each === "poll")
          got.push(...(await ids(ask("GET", `/${id}?after=${got.length}&wait=0`))));
        else if (each === "lose") await ask("GET", `/${id}?after=${got.length}&wait=0`);
        else if (each === "stale") await ask("GET", `/${id}?after=${written + 1}&wait=0`);
        else if (each === "stream") {
          const headers = { accept: "text/event-stream", "last-event-id": String(got.length) };
          const response = await ask("GET", `/${id}`, undefined, headers);
          const reader = (response.body as ReadableStream<Uint8Array>).getReader();
          await reader.read();
          if (written > got.length) {
            const text = new TextDecoder().decode((await reader.read()).value);
            for (const [, n] of text.matchAll(/"id":(\d+)/g)) got.push(Number(n));
          }
          await reader.cancel();
        } else clock.advance(1_000);
      }
      if (gone.length > 0) return;
      got.push(...(await ids(ask("GET", `/${id}?after=${got.length}&wait=0`))));
      expect(got).toEqual(Array.from({ length: written }, (_, at) => at + 1));
    }),
    { numRuns: 100 },
  );
});

test("no request makes the routes fail in a way nobody foresaw", async () => {
  const { ask, hello, unforeseen, received } = open();
  const { id } = await hello();
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("1", "-1", "1e3", "99999999999999999", "", "%"),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("", `/${id}`, `/${id}/end`, "/x", "/x/end"),
      fc.constantFrom("GET", "POST"),
      fc.dictionary(fc.constantFrom("after", "batch", "wait"), text),
      fc.uint8Array({ maxLength: 200 }),
      fc.boolean(),
      async (path, method, query, body, events) => {
        // The goodbye would leave the rest of the run blind.
        if (path === `/${id}/end`) return;
        const to = `${path}?${new URLSearchParams({ wait: "0", ...query }).toString()}`;
        const headers = events ? { accept: "text/event-stream" } : {};
        const response = await Promise.race([
          ask(method, to, method === "GET" ? undefined : body, headers),
          settle().then(() => new Response()),
        ]);
        expect(response.status).toBeLessThan(500);
        await response.body?.cancel();
        expect(unforeseen).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
  expect(received.length).toBeGreaterThan(1);
});
