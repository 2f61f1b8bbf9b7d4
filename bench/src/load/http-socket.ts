/** As much of an HTTP/1.1 client as a load needs: one request at a time on one kept connection, answers with a Content-Length, read in place. */
import type { Endpoint } from "./link.ts";

/** One answer: the body is `bytes[from, to)`, valid only during the call. */
export type Answered = (status: number, bytes: Buffer, from: number, to: number) => void;

const none = Buffer.alloc(0);

export class HttpSocket {
  readonly #endpoint: Endpoint;
  readonly #lost: (reason: string) => void;
  #socket: Bun.Socket<HttpSocket> | undefined;
  #pending: Buffer = none;
  #rest: Buffer = none;
  #waiting: Answered | undefined;
  #ended = false;

  /** @param lost is told when the connection ends with a request under way; one that ends between requests is opened anew. */
  constructor(endpoint: Endpoint, lost: (reason: string) => void) {
    this.#endpoint = endpoint;
    this.#lost = lost;
  }

  /** Rejects if nobody listens there. */
  async connect(): Promise<void> {
    const { hostname, port } = this.#endpoint;
    this.#socket = await Bun.connect<HttpSocket>({ hostname, port, data: this, socket: handlers });
    this.#socket.setNoDelay(true);
  }

  /** Makes a request. The next may follow when this one is answered. */
  request(method: "GET" | "POST", path: string, body: Buffer, answered: Answered): void {
    this.#waiting = answered;
    const host = `${this.#endpoint.hostname}:${this.#endpoint.port}`;
    const length = method === "POST" ? `Content-Length: ${body.length}\r\n` : "";
    const head = Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n`);
    this.#pending = body.length === 0 ? head : Buffer.concat([head, body]);
    if (this.#socket !== undefined) return this.drained();
    this.connect().then(
      () => this.drained(),
      (error: unknown) => this.#lost(String(error)),
    );
  }

  end(): void {
    this.#ended = true;
    this.#socket?.terminate();
  }

  received(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd >= 0) {
      const head = bytes.toString("latin1", 0, headEnd);
      const status = Number(head.slice(9, 12));
      const [, length] = /content-length: (\d+)/i.exec(head) ?? [];
      const to = headEnd + 4 + Number(length ?? 0);
      if (bytes.length >= to) {
        this.#rest = none;
        const answered = this.#waiting;
        this.#waiting = undefined;
        answered?.(status, bytes, headEnd + 4, to);
        return;
      }
    }
    // The chunk is the socket's, and used again.
    this.#rest = Buffer.from(bytes);
  }

  drained(): void {
    if (this.#pending.length === 0) return;
    const written = Math.max(0, this.#socket?.write(this.#pending) ?? 0);
    this.#pending = written === this.#pending.length ? none : this.#pending.subarray(written);
  }

  disconnected(reason: string): void {
    this.#socket = undefined;
    this.#rest = none;
    if (this.#waiting !== undefined && !this.#ended) this.#lost(reason);
  }
}

const handlers: Bun.SocketHandler<HttpSocket> = {
  binaryType: "buffer",
  data: (socket, chunk) => socket.data.received(chunk),
  drain: (socket) => socket.data.drained(),
  close: (socket) => socket.data.disconnected("the server closed the connection"),
  error: (socket, error) => {
    socket.terminate();
    socket.data.disconnected(error.message);
  },
};
