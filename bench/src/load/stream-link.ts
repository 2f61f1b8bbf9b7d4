import { Backlog } from "./backlog.ts";
import type { Endpoint, Link, LinkOwner } from "./link.ts";

/** Calls back with the range of each complete frame in `bytes[0, end)`, and returns where the first incomplete one begins. */
export type Walk = (
  bytes: Buffer,
  end: number,
  frame: (from: number, to: number) => void,
) => number;

const none = Buffer.alloc(0);

/** A client for protocols on plain TCP: whole frames out as they are, and frames in as `walk` finds them. What answers one chunk leaves as one write. */
export class StreamLink implements Link {
  readonly #owner: LinkOwner;
  readonly #walk: Walk;
  #socket: Bun.Socket<StreamLink> | undefined;
  #rest: Buffer = none;
  readonly #backlog = new Backlog();
  #answers: Uint8Array[] | undefined;
  #ended = false;
  #reason = "";
  #bytes: Buffer = none;
  readonly #onFrame = (from: number, to: number) => this.#owner.frame(this.#bytes, from, to);

  private constructor(walk: Walk, owner: LinkOwner) {
    this.#walk = walk;
    this.#owner = owner;
  }

  /** Rejects if nobody listens there. */
  static async open(endpoint: Endpoint, walk: Walk, owner: LinkOwner): Promise<StreamLink> {
    const link = new StreamLink(walk, owner);
    const { hostname, port } = endpoint;
    link.#socket = await Bun.connect<StreamLink>({ hostname, port, data: link, socket: handlers });
    link.#socket.setNoDelay(true);
    return link;
  }

  get ready(): boolean {
    return !this.#ended && this.#backlog.empty;
  }

  write(bytes: Buffer, from: number, to: number): void {
    const socket = this.#socket;
    if (socket === undefined || this.#ended) return;
    this.#backlog.write(socket, bytes, from, to);
  }

  send(frame: string | Uint8Array): void {
    const bytes = Buffer.from(frame as string);
    if (this.#answers !== undefined) this.#answers.push(bytes);
    else this.write(bytes, 0, bytes.length);
  }

  close(): void {
    if (this.#ended) return;
    this.#socket?.end();
  }

  cut(): void {
    this.#socket?.terminate();
  }

  received(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#bytes = bytes;
    this.#answers = [];
    const consumed = this.#walk(bytes, bytes.length, this.#onFrame);
    // The chunk is the socket's, and used again.
    this.#rest = consumed === bytes.length ? none : Buffer.from(bytes.subarray(consumed));
    const answers = Buffer.concat(this.#answers);
    this.#answers = undefined;
    if (answers.length > 0) this.write(answers, 0, answers.length);
  }

  drained(): void {
    this.#backlog.drain(this.#socket);
    if (this.ready) this.#owner.writable();
  }

  disconnected(error?: Error): void {
    if (error !== undefined) {
      this.#reason = error.message;
      this.#socket?.terminate();
    }
    if (this.#ended) return;
    this.#ended = true;
    this.#backlog.drop();
    this.#owner.closed(noCode, this.#reason);
  }
}

/** RFC 6455 section 7.4.1: there was no close code. */
const noCode = 1006;

const handlers: Bun.SocketHandler<StreamLink> = {
  binaryType: "buffer",
  data: (socket, chunk) => socket.data.received(chunk),
  drain: (socket) => socket.data.drained(),
  close: (socket) => socket.data.disconnected(),
  error: (socket, error) => socket.data.disconnected(error),
};
