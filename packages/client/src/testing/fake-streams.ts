import type { CommandFrame } from "@godwit/protocol";
import type { Clock } from "../clock.ts";

/** What goes wrong with requests; numbers are used up by the next chances. */
export interface StreamFaults {
  /** Requests that never arrive. */
  lostRequests: number;
  /** Requests that arrive, and whose answers are lost. */
  lostAnswers: number;
  /** Streams of events are held back on the way, but for their beginning if it is `padding`. */
  hold: "nothing" | "all" | "padding";
  /** Nothing comes through. */
  down: boolean;
  /** Nothing is said any more, and nobody is told. */
  mute: boolean;
  /** What every request is answered with instead. */
  refuse: { status: number; body: string } | undefined;
}

/** The server's end of one connection by requests. */
export class FakeStream {
  readonly id: string;
  /** Every command, in the order in which it was taken. */
  readonly received: CommandFrame[] = [];
  readonly frames: string[] = [];
  acknowledged = 0;
  batch = 0;
  ended: { code: number; reason: string } | undefined;
  left = false;
  wake: () => void = () => {};

  constructor(id: string) {
    this.id = id;
  }

  write(frame: object): void {
    this.frames.push(JSON.stringify(frame));
    this.wake();
  }

  end(code: number, reason = ""): void {
    this.ended = { code, reason };
    this.wake();
  }
}

/** `/api/stream` in memory, as `fetch` sees it. */
export class FakeStreams {
  readonly streams: FakeStream[] = [];
  readonly requests: string[] = [];
  readonly faults: StreamFaults = {
    lostRequests: 0,
    lostAnswers: 0,
    hold: "nothing",
    down: false,
    mute: false,
    refuse: undefined,
  };
  onCommand: ((stream: FakeStream, frame: CommandFrame) => void) | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get stream(): FakeStream {
    const stream = this.streams.at(-1);
    if (!stream) throw new Error("Nobody has connected.");
    return stream;
  }

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    const method = init.method ?? "GET";
    const events = new Headers(init.headers).get("accept") === "text/event-stream";
    this.requests.push(`${method} ${pathname}${events ? " events" : ""}`);
    await Promise.resolve();
    if (this.faults.down || this.faults.lostRequests > 0) {
      this.faults.lostRequests--;
      throw new TypeError("Failed to fetch");
    }
    if (this.faults.mute) return new Promise(() => {});
    const { refuse } = this.faults;
    if (refuse) return new Response(refuse.body, { status: refuse.status });
    const answer = await this.#answer(pathname, searchParams, method, { ...init, events });
    if (this.faults.lostAnswers > 0) {
      this.faults.lostAnswers--;
      throw new TypeError("Failed to fetch");
    }
    return answer;
  };

  async #answer(
    pathname: string,
    query: URLSearchParams,
    method: string,
    init: RequestInit & { events: boolean },
  ): Promise<Response> {
    const [, id, end] = /\/api\/stream(?:\/([^/]+)(\/end)?)?$/.exec(pathname) ?? [];
    const lines = (typeof init.body === "string" ? init.body : "").split("\n");
    if (id === undefined) {
      const stream = new FakeStream(`stream-${this.streams.length + 1}`);
      this.streams.push(stream);
      this.#take(stream, lines);
      return Response.json({ stream: stream.id, waitMsMax: 25_000 }, { status: 201 });
    }
    const stream = this.streams.find((each) => each.id === id && !each.left);
    if (!stream) return Response.json({ message: "There is no such connection." }, { status: 404 });
    if (method === "GET") {
      stream.acknowledged = Math.max(stream.acknowledged, Number(query.get("after")));
      return init.events
        ? this.#events(stream, Number(query.get("wait")), init.signal)
        : this.#poll(stream, Number(query.get("after")), Number(query.get("wait")), init.signal);
    }
    const batch = Number(query.get("batch"));
    if (batch === stream.batch + 1) this.#take(stream, lines);
    else if (batch !== stream.batch) return new Response("", { status: 409 });
    stream.batch = batch;
    if (end) stream.left = true;
    return new Response(null, { status: 204 });
  }

  #take(stream: FakeStream, lines: readonly string[]): void {
    for (const line of lines) {
      if (line === "") continue;
      const frame = JSON.parse(line) as CommandFrame;
      stream.received.push(frame);
      this.onCommand?.(stream, frame);
    }
  }

  async #poll(
    stream: FakeStream,
    after: number,
    waitMs: number,
    signal: AbortSignal | null | undefined,
  ): Promise<Response> {
    if (stream.frames.length === after && !stream.ended)
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(waitMs, resolve);
        stream.wake = () => {
          cancel();
          resolve();
        };
        signal?.addEventListener("abort", cancel);
      });
    if (this.faults.mute) return new Promise(() => {});
    const lines = stream.frames.slice(after);
    if (stream.ended) lines.push(JSON.stringify({ type: "close", ...stream.ended }));
    return new Response(lines.map((line) => `${line}\n`).join(""), {
      headers: { "content-type": "application/x-ndjson; charset=utf-8" },
    });
  }

  #events(stream: FakeStream, waitMs: number, signal: AbortSignal | null | undefined): Response {
    const { hold } = this.faults;
    let cursor = stream.acknowledged;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
        if (hold !== "all") controller.enqueue(encoder.encode(":padding\n\n"));
        const comment = (): void => {
          if (hold === "nothing" && !this.faults.mute) controller.enqueue(encoder.encode(":\n\n"));
          cancel = this.#clock.after(waitMs, comment);
        };
        let cancel = this.#clock.after(waitMs, comment);
        signal?.addEventListener("abort", () => cancel());
        const flush = (): void => {
          if (hold !== "nothing" || this.faults.mute || signal?.aborted) return;
          // In two pieces, as networks cut them.
          for (const frame of stream.frames.slice(cursor)) {
            const event = `id: ${++cursor}\ndata: ${frame}\n\n`;
            controller.enqueue(encoder.encode(event.slice(0, 7)));
            controller.enqueue(encoder.encode(event.slice(7)));
          }
          if (!stream.ended) return;
          const text = `event: close\ndata: ${JSON.stringify(stream.ended)}\n\n`;
          controller.enqueue(encoder.encode(text));
          controller.close();
          cancel();
          stream.wake = () => {};
        };
        stream.wake = flush;
        flush();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}
