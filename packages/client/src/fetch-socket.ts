import { type Clock, systemClock } from "./clock.ts";
import { type Fetch, Over, Requests, TimedOut } from "./fetch-requests.ts";
import { readEvents } from "./server-sent.ts";
import type { Socket } from "./socket.ts";

export type FetchMode = "sse" | "poll";

export interface FetchSocketOptions {
  /** In order of preference; what does not work is done without. */
  readonly modes: readonly FetchMode[];
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  /** How long a request may be silent: the heartbeat that this network is known to bear. */
  readonly quietMs?: (() => number) | undefined;
}

/** Requests that fail for so long end the connection; a retry within it costs nothing and loses nothing. */
const patienceMs = 10_000;
const retryMsMin = 200;
const retryMsMax = 2_000;
/** On top of what a request is to take: the way there and back. */
const slackMs = 8_000;
/** A stream of events that shows no sign of life, or not the first frame, for so long is held up on the way. */
const streamMsMax = 4_000;
const batchCharsMax = 64 * 1_024;
/** Frames after which the server is told that they are here, if nothing else tells it. */
const tellEvery = 256;
const closeTimeoutMs = 3_000;

/**
 * A connection made of HTTP requests, for networks that break WebSockets, with the interface of one: JSON frames out in numbered batches, one at a time; frames in by
 * server-sent events, or by long-polling where those are held up. Frames that come in have numbers, so that a lost answer is asked for again. See docs/protocols/http.md.
 */
export class FetchSocket implements Socket {
  binaryType = "arraybuffer";
  readonly protocol = "godwit.json.v1";
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  onbeat: (() => void) | null = null;
  mode: FetchMode;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #quietMs: () => number;
  readonly #modes: readonly FetchMode[];
  readonly #reads: Requests;
  readonly #writes: Requests;
  #id: string | undefined;
  #waitMsMax = 25_000;
  #queue: string[] = [];
  /** Batches are numbered from 1; the request that opens the connection has none. */
  #batch = 0;
  #sending: Promise<void> | undefined;
  #cursor = 0;
  /** The cursor that the server was told last with a batch. */
  #told = 0;
  #ended = false;

  /** @param url of the server's `/api/stream` */
  constructor(url: string, options: FetchSocketOptions) {
    const { clock = systemClock, modes, quietMs } = options;
    this.#url = url;
    this.#clock = clock;
    this.#quietMs = quietMs ?? (() => this.#waitMsMax);
    this.#modes = modes;
    this.mode = modes[0] ?? "poll";
    const fetch: Fetch = options.fetch ?? ((to, init) => globalThis.fetch(to, init));
    this.#reads = new Requests(fetch, clock);
    this.#writes = new Requests(fetch, clock);
    // As a WebSocket, not before its maker had a turn; the first frame opens the connection with the same request.
    clock.after(0, () => this.#ended || this.onopen?.({}));
  }

  send(data: string | Uint8Array): void {
    if (this.#ended) return;
    this.#queue.push(data as string);
    this.#flush();
  }

  /** Hands in what was sent before and says goodbye, without waiting for either. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reads.end();
    // The server finds out by itself in the end.
    this.#leave()
      .catch(() => {})
      .finally(() => this.#writes.end());
  }

  async #leave(): Promise<void> {
    await this.#sending;
    if (this.#id === undefined) return;
    const body = this.#queue.splice(0).join("\n");
    const to = `${this.#url}/${this.#id}/end?batch=${this.#batch + 1}`;
    await this.#writes.run(to, { method: "POST", body, keepalive: true }, closeTimeoutMs, () => {});
  }

  #end(thrown: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reads.end();
    this.#writes.end();
    const code = thrown instanceof Over ? thrown.code : 1006;
    this.onclose?.({ code, reason: thrown instanceof Error ? thrown.message : String(thrown) });
  }

  #flush(): void {
    this.#sending ??= this.#sendAll()
      .catch((thrown: unknown) => this.#end(thrown))
      .finally(() => {
        this.#sending = undefined;
        if (this.#queue.length > 0 && !this.#ended) this.#flush();
      });
  }

  async #sendAll(): Promise<void> {
    // What is sent in one turn goes in one batch.
    await Promise.resolve();
    while (!this.#ended && (this.#queue.length > 0 || this.#cursor - this.#told >= tellEvery)) {
      const body = this.#takeBatch();
      if (this.#id === undefined) await this.#open(body);
      else await this.#post(this.#id, body);
    }
  }

  #takeBatch(): string {
    let chars = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || chars < batchCharsMax))
      chars += (this.#queue[count++] as string).length;
    return this.#queue.splice(0, count).join("\n");
  }

  /** Not tried again: a connection that opened without our knowledge ends by itself. */
  async #open(body: string): Promise<void> {
    const read = (response: Response): Promise<{ stream: string; waitMsMax: number }> =>
      typed(response, "application/json").json();
    const opened = await this.#writes.run(this.#url, { method: "POST", body }, slackMs, read);
    this.#id = opened.stream;
    this.#waitMsMax = opened.waitMsMax;
    this.#readAll(opened.stream).catch((thrown: unknown) => this.#end(thrown));
  }

  async #post(id: string, body: string): Promise<void> {
    const batch = ++this.#batch;
    await this.#patiently(async () => {
      const cursor = this.#cursor;
      const to = `${this.#url}/${id}?batch=${batch}&after=${cursor}`;
      await this.#writes.run(to, { method: "POST", body }, slackMs, () => {});
      this.#told = cursor;
    });
  }

  /** Tries again what failed without a verdict, for as long as a connection may be expected to come back to life. */
  async #patiently(work: () => Promise<void>): Promise<void> {
    let failingSinceMs = Number.POSITIVE_INFINITY;
    for (let waitMs = retryMsMin; ; waitMs = Math.min(retryMsMax, waitMs * 2)) {
      try {
        return await work();
      } catch (thrown) {
        if (thrown instanceof Over || this.#ended) throw thrown;
        const nowMs = this.#clock.monotonic();
        failingSinceMs = Math.min(failingSinceMs, nowMs);
        if (nowMs - failingSinceMs >= patienceMs) throw new Over(1006, String(thrown));
        await this.#reads.pause(waitMs);
      }
    }
  }

  async #readAll(id: string): Promise<void> {
    const url = `${this.#url}/${id}`;
    while (!this.#ended)
      await this.#patiently(() => (this.mode === "sse" ? this.#stream(url) : this.#poll(url)));
  }

  async #poll(url: string): Promise<void> {
    const waitMs = Math.min(this.#waitMsMax, Math.ceil(this.#quietMs()));
    const to = `${url}?after=${this.#cursor}&wait=${waitMs}`;
    const text = await this.#reads
      .run(to, {}, waitMs + slackMs, (response) => typed(response, "application/x-ndjson").text())
      .catch((thrown: unknown) => {
        throw verdict(thrown);
      });
    // An answer, even an empty one, and the next request are a beat in both directions.
    this.onbeat?.();
    for (const line of text.split("\n")) {
      if (line.startsWith('{"type":"close"')) throw overOf(line);
      if (line !== "") this.#received(this.#cursor + 1, line);
    }
  }

  /** Reads events until the stream ends, as each does some time, and finds out with the first one whether streams pass at all. */
  async #stream(url: string): Promise<void> {
    const startedAtMs = this.#clock.monotonic();
    const before = this.#cursor;
    const waitMs = Math.min(this.#waitMsMax, Math.ceil(this.#quietMs()));
    const to = `${url}?after=${before}&wait=${waitMs}`;
    const init = { headers: { accept: "text/event-stream" } };
    let failure: unknown = new Error("The stream ended.");
    let flows = false;
    try {
      await this.#reads.run(to, init, streamMsMax, async (response, alive) => {
        typed(response, "text/event-stream");
        for await (const { id, type, data } of readEvents(response)) {
          if (type === "close") throw overOf(data);
          if (id !== undefined) this.#received(id, data);
          // Padding may come through where single frames are held up: only a frame shows that they are not.
          flows = this.#cursor > 0;
          if (flows) alive(waitMs + slackMs);
          if (this.#cursor - this.#told >= tellEvery) this.#flush();
        }
      });
    } catch (thrown) {
      failure = flows ? verdict(thrown) : thrown;
      if (failure instanceof Over || this.#ended) throw failure;
    }
    const lasted = flows && this.#clock.monotonic() - startedAtMs >= streamMsMax;
    if (this.#ended || this.#cursor > before || lasted) return;
    // Streams have passed here: it is the network that is away, or the server.
    if (before > 0) throw failure;
    if (!this.#modes.includes("poll")) throw new Over(1006, "Server-sent events do not pass.");
    this.mode = "poll";
  }

  #received(cursor: number, frame: string): void {
    // One that came before, by a request that was thought lost.
    if (cursor <= this.#cursor || this.#ended) return;
    if (cursor > this.#cursor + 1) throw new Error("Frames are missing.");
    this.#cursor = cursor;
    this.onmessage?.({ data: frame });
  }
}

/** A server of ours answers in this type; what answers otherwise is in between, and no retry will change its mind. */
function typed(response: Response, type: string): Response {
  if (response.headers.get("content-type")?.startsWith(type) !== true)
    throw new Over(1006, "Something that is not the server has answered.");
  return response;
}

/** A server that keeps a request for longer than was agreed is gone, and is not asked again on this connection: the session goes on with the next one. */
function verdict(thrown: unknown): unknown {
  return thrown instanceof TimedOut ? new Over(1006, thrown.message) : thrown;
}

function overOf(text: string): Over {
  const { code, reason } = JSON.parse(text) as { code: number; reason: string };
  return new Over(code, reason);
}
