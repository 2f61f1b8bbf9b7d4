import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FetchSocket, type FetchMode } from "./fetch-socket.ts";
import { readEvents } from "./server-sent.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { FakeStreams } from "./testing/fake-streams.ts";

async function open(modes: readonly FetchMode[] = ["sse", "poll"], beatMs = 25_000) {
  const clock = new FakeClock();
  const server = new FakeStreams(clock);
  const { fetch } = server;
  const quietMs = (): number => beatMs;
  const socket = new FetchSocket("http://server/api/stream", { modes, clock, fetch, quietMs });
  const heard: unknown[] = [];
  const closes: { code: number; reason: string }[] = [];
  socket.onmessage = ({ data }) => heard.push((JSON.parse(data as string) as { n: number }).n);
  socket.onclose = (close) => closes.push(close);
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  await clock.advance(0);
  await opened.promise;
  const say = (type: string): void => socket.send(JSON.stringify({ type }));
  const greet = async () => {
    say("hello");
    await clock.settle();
    server.stream.write({ n: 1 });
    await clock.settle();
  };
  return { clock, server, socket, heard, closes, say, greet };
}

const types = (server: FakeStreams): string[] => server.stream.received.map(({ type }) => type);

for (const modes of [["sse", "poll"], ["poll"]] as const)
  describe(`by ${modes[0]}`, () => {
    test("the first frame opens the connection, the next ones come in numbered batches", async () => {
      const { server, clock, say, greet, heard, socket } = await open(modes);
      await greet();
      expect(server.requests[0]).toBe("POST /api/stream");
      say("a");
      say("b");
      await clock.settle();
      expect(types(server)).toEqual(["hello", "a", "b"]);
      expect(server.stream.batch).toBe(1);
      server.stream.write({ n: 2 });
      server.stream.write({ n: 3 });
      await clock.settle();
      expect(heard).toEqual([1, 2, 3]);
      expect(socket.mode).toBe(modes[0]);
      socket.close();
      await clock.settle();
      expect(server.stream.left).toBe(true);
      expect(clock.pending).toBe(0);
    });

    test("a lost answer to a batch runs nothing twice", async () => {
      const { server, clock, say, greet, closes, socket } = await open(modes);
      await greet();
      server.faults.lostAnswers = 2;
      say("a");
      await clock.settle();
      say("b");
      await clock.advance(3_000);
      expect(types(server)).toEqual(["hello", "a", "b"]);
      expect(closes).toEqual([]);
      socket.close();
      await clock.settle();
    });

    test("the server's close code arrives, behind what was said before", async () => {
      const { server, clock, greet, heard, closes } = await open(modes);
      await greet();
      server.stream.write({ n: 2 });
      server.stream.end(4505, "enough");
      await clock.settle();
      expect(heard).toEqual([1, 2]);
      expect(closes).toEqual([{ code: 4505, reason: "enough" }]);
      expect(clock.pending).toBe(0);
    });

    test("a network that is away for a moment costs nothing", async () => {
      const { server, clock, say, greet, heard, closes, socket } = await open(modes);
      await greet();
      server.faults.down = true;
      say("a");
      server.stream.write({ n: 2 });
      await clock.advance(5_000);
      server.faults.down = false;
      server.stream.write({ n: 3 });
      await clock.advance(5_000);
      expect(heard).toEqual([1, 2, 3]);
      expect(types(server)).toEqual(["hello", "a"]);
      expect(closes).toEqual([]);
      // It says nothing against the mode, either.
      expect(socket.mode).toBe(modes[0]);
      socket.close();
      await clock.settle();
    });

    test("one that stays away ends the connection, and no timer is left", async () => {
      const { server, clock, say, greet, closes } = await open(modes);
      await greet();
      server.faults.down = true;
      say("a");
      await clock.advance(30_000);
      expect(closes).toMatchObject([{ code: 1006 }]);
      expect(clock.pending).toBe(0);
    });

    test("a quiet server is there, and one that breaks its word is not", async () => {
      for (const [beatMs, boundMs] of [
        [15_000, 25_000],
        [300_000, 35_000],
      ] as const) {
        const { server, clock, greet, closes } = await open(modes, beatMs);
        await greet();
        await clock.advance(10 * 60_000);
        expect(closes).toEqual([]);
        server.faults.mute = true;
        await clock.advance(boundMs);
        expect(closes).toMatchObject([{ code: 1006 }]);
        expect(clock.pending).toBe(0);
      }
    });

    test("a connection that the server has forgotten is over", async () => {
      const { server, clock, say, greet, closes } = await open(modes);
      await greet();
      server.stream.left = true;
      say("a");
      await clock.settle();
      expect(closes).toEqual([{ code: 1006, reason: "There is no such connection." }]);
    });

    test("what was sent last is handed in with the goodbye", async () => {
      const { server, clock, say, greet, socket } = await open(modes);
      await greet();
      say("bye");
      socket.close();
      await clock.settle();
      expect(types(server)).toEqual(["hello", "bye"]);
      expect(server.stream.left).toBe(true);
      expect(clock.pending).toBe(0);
    });

    test("the server hears that many frames have arrived, though nothing is said", async () => {
      const { server, clock, greet, heard, socket } = await open(modes);
      await greet();
      for (let n = 2; n <= 600; n++) server.stream.write({ n });
      await clock.settle();
      await clock.settle();
      expect(heard).toHaveLength(600);
      expect(server.stream.acknowledged + server.stream.batch).toBeGreaterThan(0);
      socket.close();
      await clock.settle();
    });
  });

describe("streams that do not pass", () => {
  for (const hold of ["all", "padding"] as const)
    test(`${hold} held back: polls instead`, async () => {
      const { server, clock, greet, heard, socket } = await open();
      server.faults.hold = hold;
      await greet();
      expect(heard).toEqual([]);
      await clock.advance(4_000);
      expect(heard).toEqual([1]);
      expect(socket.mode).toBe("poll");
      socket.close();
      await clock.settle();
      expect(clock.pending).toBe(0);
    });

  test("and nothing else allowed: the connection is over", async () => {
    const { server, clock, greet, closes } = await open(["sse"]);
    server.faults.hold = "all";
    await greet();
    await clock.advance(4_000);
    expect(closes).toMatchObject([{ code: 1006 }]);
  });
});

describe("refusals", () => {
  test.each([
    [429, 4004],
    [503, 4000],
    [413, 4501],
    [403, 1006],
    [502, 1006],
  ])("HTTP %i closes with %i", async (status, code) => {
    const { server, clock, say, closes } = await open();
    server.faults.refuse = { status, body: JSON.stringify({ message: "No." }) };
    say("hello");
    await clock.settle();
    expect(closes).toEqual([{ code, reason: "No." }]);
  });

  test("something else that answers is not taken for the server", async () => {
    const { server, clock, say, closes } = await open();
    server.faults.refuse = { status: 200, body: "<html>Please sign in to this network</html>" };
    say("hello");
    await clock.settle();
    expect(closes).toMatchObject([{ code: 1006 }]);
  });
});

test("beats with every answered poll", async () => {
  const { server, clock, greet, socket } = await open(["poll"]);
  let beats = 0;
  socket.onbeat = () => beats++;
  await greet();
  await clock.advance(100_000);
  expect(beats).toBeGreaterThanOrEqual(4);
  expect(server.requests.length).toBeLessThan(12);
  socket.close();
  await clock.settle();
});

test("whatever is lost on the way, everything arrives once and in order, both ways", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<readonly FetchMode[]>(["poll"], ["sse", "poll"]),
      fc.array(fc.constantFrom("say", "hear", "loseRequest", "loseAnswer", "wait"), {
        maxLength: 60,
      }),
      async (modes, steps) => {
        const { server, clock, say, greet, heard, socket, closes } = await open(modes);
        await greet();
        let said = 0;
        let n = 1;
        for (const step of steps) {
          if (step === "say") say(`c${++said}`);
          else if (step === "hear") server.stream.write({ n: ++n });
          else if (step === "loseRequest") server.faults.lostRequests++;
          else if (step === "loseAnswer") server.faults.lostAnswers++;
          else await clock.advance(500);
        }
        server.faults.lostRequests = server.faults.lostAnswers = 0;
        await clock.advance(40_000);
        if (closes.length > 0) return;
        expect(heard).toEqual(Array.from({ length: n }, (_, at) => at + 1));
        expect(types(server)).toEqual([
          "hello",
          ...Array.from({ length: said }, (_, at) => `c${at + 1}`),
        ]);
        socket.close();
        await clock.settle();
      },
    ),
    { numRuns: 60 },
  );
}, 30_000);

test("events are read however they are cut, and whatever is between them", async () => {
  const frame = fc.string({ unit: "binary" }).map((text) => JSON.stringify({ text }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
      async (frames, cuts) => {
        const events = frames.map((data, at) => `:\n\nid: ${at + 1}\r\ndata: ${data}\n\n`);
        const bytes = new TextEncoder().encode(events.join(""));
        let at = 0;
        let turn = 0;
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            if (at >= bytes.length) return controller.close();
            const length = (cuts[turn++ % cuts.length] ?? 0) + 1;
            controller.enqueue(bytes.subarray(at, (at += length)));
          },
        });
        const read: unknown[] = [];
        for await (const { id, data } of readEvents(new Response(body)))
          if (id !== undefined) read.push([id, data]);
        expect(read).toEqual(frames.map((data, index) => [index + 1, data]));
      },
    ),
  );
});
