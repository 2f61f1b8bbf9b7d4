/** Ways from an actor to the server: transports with a codec, each spoken by hand, by the letter of its document. */
import { jsonCodec, type Codec } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { tcpWay } from "./tcp-way.ts";
import type { Ear, Way, Wire } from "./way.ts";

/** WebSocket with one of the codecs. */
export function webSocketWay(codec: Codec): Way {
  return {
    name: codec.name,
    codec,
    listeningBeats: false,
    takesBytes: true,
    dial({ url }, protocol, ear) {
      const protocols = protocol === undefined ? [] : [protocol];
      const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, protocols);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("message", ({ data }) =>
        ear.message(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)),
      );
      socket.addEventListener("close", ({ code, reason }) => ear.closed(code, reason));
      const { promise, resolve, reject } = Promise.withResolvers<Wire>();
      socket.addEventListener("error", () => reject(new Error("The socket did not open.")));
      socket.addEventListener("open", () =>
        resolve({
          get isOpen() {
            return socket.readyState === WebSocket.OPEN;
          },
          send: (data) => socket.send(typeof data === "string" ? data : new Uint8Array(data)),
          close: () => socket.close(),
          terminate: () => (socket as WebSocket & { terminate(): void }).terminate(),
        }),
      );
      return promise;
    },
  };
}

/** Requests, with JSON: frames are heard by long-polling or by server-sent events. */
function requestWay(name: string, listen: Listen): Way {
  return {
    name,
    codec: jsonCodec,
    listeningBeats: listen === poll,
    takesBytes: false,
    async dial({ url }, _protocol, ear) {
      const response = await fetch(`${url}/api/stream`, { method: "POST" });
      if (response.status !== 201) throw new Error(`The stream did not open: ${response.status}.`);
      const { stream } = (await response.json()) as { stream: string };
      return new RequestWire(`${url}/api/stream/${stream}`, listen, ear);
    },
  };
}

/** Hands over what follows a cursor, once or until the stream ends; resolves to the new cursor. */
type Listen = (wire: RequestWire, cursor: number) => Promise<number>;

/** A batch fits into a request. */
const batchFramesMax = 500;

class RequestWire implements Wire {
  readonly url: string;
  readonly #ear: Ear;
  readonly #abort = new AbortController();
  #batch = 0;
  readonly #queue: string[] = [];
  #sending: Promise<void> | undefined;
  isOpen = true;

  constructor(url: string, listen: Listen, ear: Ear) {
    this.url = url;
    this.#ear = ear;
    void this.#listen(listen);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Takes a frame, or the line that is the end. */
  heard(line: string): void {
    if (!this.isOpen) return;
    const { type, code, reason } = JSON.parse(line) as {
      type?: string;
      code: number;
      reason: string;
    };
    if (type === "close") this.end(code, reason);
    else this.#ear.message(line);
  }

  end(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#abort.abort();
    this.#ear.closed(code, reason);
  }

  send(data: string | Uint8Array): void {
    this.#queue.push(data as string);
    this.#flush();
  }

  #flush(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length > 0) this.#flush();
    });
  }

  /** One batch at a time, in order, and what is sent in one turn together: also what was sent just before the end, as a socket does. */
  async #sendAll(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const body = this.#queue.splice(0, batchFramesMax).join("\n");
      await fetch(`${this.url}?batch=${++this.#batch}`, { method: "POST", body }).catch(() => {});
    }
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#abort.abort();
    void Promise.resolve(this.#sending)
      .then(() => fetch(`${this.url}/end`, { method: "POST" }))
      .catch(() => undefined)
      .then(() => this.#ear.closed(1006, ""));
  }

  async #listen(listen: Listen): Promise<void> {
    let cursor = 0;
    try {
      while (this.isOpen) cursor = await listen(this, cursor);
    } catch (error) {
      this.end(1006, String(error));
    }
  }
}

async function poll(wire: RequestWire, cursor: number): Promise<number> {
  const response = await fetch(`${wire.url}?after=${cursor}`, { signal: wire.signal });
  if (!response.ok) throw new Error(`A poll was answered ${response.status}.`);
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  for (const line of lines) wire.heard(line);
  return cursor + lines.length;
}

async function stream(wire: RequestWire, cursor: number): Promise<number> {
  const response = await fetch(wire.url, {
    headers: { accept: "text/event-stream", "last-event-id": String(cursor) },
    signal: wire.signal,
  });
  if (!response.ok) throw new Error(`A stream was answered ${response.status}.`);
  let text = "";
  let last = cursor;
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    const events = (text + decoder.decode(chunk, { stream: true })).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [, id] = /^id: (\d+)$/m.exec(event) ?? [];
      const [, data] = /^data: (.*)$/m.exec(event) ?? [];
      if (data === undefined) continue;
      if (id === undefined) wire.heard(JSON.stringify({ type: "close", ...JSON.parse(data) }));
      else {
        if (Number(id) !== last + 1) throw new Error(`Event ${id} came after ${last}.`);
        last = Number(id);
        wire.heard(data);
      }
    }
  }
  // The end of a stream is not the end of the connection, but nobody here asks for one.
  return last;
}

export const ways: readonly Way[] = [
  webSocketWay(jsonCodec),
  webSocketWay(binaryCodec),
  requestWay("long-poll", poll),
  requestWay("server-sent events", stream),
  tcpWay(jsonCodec),
  tcpWay(binaryCodec, true),
];

/** Those with a connection that takes any bytes, whole or broken. */
export const rawWays: readonly Way[] = ways.filter(({ takesBytes }) => takesBytes);
