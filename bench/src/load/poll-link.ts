import { HttpSocket } from "./http-socket.ts";
import type { Endpoint, Link, LinkOwner } from "./link.ts";

const none = Buffer.alloc(0);
const lineFeed = 0x0a;
/** A body has at most so much; one frame more than that at most. */
const bodyBytesMax = 128 * 1_024;
const closeStart = '{"type":"close"';

/** A client that long-polls: frames go out in numbered batches on one TCP connection, and come in by polls on another. Frames are lines. */
export class PollLink implements Link {
  readonly #owner: LinkOwner;
  readonly #path: string;
  readonly #posts: HttpSocket;
  readonly #polls: HttpSocket;
  #stream: string | undefined;
  #batch = 0;
  #cursor = 0;
  #pending: Buffer = none;
  #posting = false;
  #ended = false;

  private constructor(endpoint: Endpoint, owner: LinkOwner) {
    this.#owner = owner;
    this.#path = endpoint.path;
    this.#posts = new HttpSocket(endpoint, (reason) => this.#end(1006, reason));
    this.#polls = new HttpSocket(endpoint, (reason) => this.#end(1006, reason));
  }

  /** Rejects if nobody listens there. */
  static async open(endpoint: Endpoint, owner: LinkOwner): Promise<PollLink> {
    const link = new PollLink(endpoint, owner);
    await link.#polls.connect();
    return link;
  }

  get ready(): boolean {
    return !this.#ended && !this.#posting && this.#pending.length === 0;
  }

  write(bytes: Buffer, from: number, to: number): void {
    if (this.#ended) return;
    this.#pending = Buffer.concat([this.#pending, bytes.subarray(from, to)]);
    this.#post();
  }

  send(frame: string | Uint8Array): void {
    const line = Buffer.from(`${frame as string}\n`);
    this.write(line, 0, line.length);
  }

  close(): void {
    if (this.#ended) return;
    if (this.#stream === undefined || this.#posting) return this.#end(1000, "");
    this.#posts.request("POST", `${this.#path}/${this.#stream}/end`, none, () =>
      this.#end(1000, ""),
    );
  }

  cut(): void {
    this.#end(1006, "");
  }

  #post(): void {
    if (this.#posting || this.#pending.length === 0) return;
    this.#posting = true;
    const body = this.#body();
    const stream = this.#stream;
    if (stream === undefined) {
      // Nothing is polled yet: an idle client needs one socket, as one whose browser keeps a pool.
      this.#polls.request("POST", this.#path, body, (status, bytes, from, to) => {
        if (status !== 201) return this.#end(1006, `the server answered ${status}`);
        const opened = JSON.parse(bytes.toString("utf8", from, to)) as { stream: string };
        this.#stream = opened.stream;
        this.#poll();
        this.#posted();
      });
      return;
    }
    this.#posts.request("POST", `${this.#path}/${stream}?batch=${++this.#batch}`, body, (status) =>
      status === 204 ? this.#posted() : this.#end(1006, `a batch was answered ${status}`),
    );
  }

  /** The next body: whole lines of what waits. */
  #body(): Buffer {
    const pending = this.#pending;
    const cut =
      pending.length <= bodyBytesMax ? pending.length : pending.indexOf(lineFeed, bodyBytesMax) + 1;
    const end = cut === 0 ? pending.length : cut;
    this.#pending = pending.subarray(end);
    return pending.subarray(0, end);
  }

  #posted(): void {
    this.#posting = false;
    if (this.#pending.length > 0) this.#post();
    else if (!this.#ended) this.#owner.writable();
  }

  #poll(): void {
    if (this.#ended) return;
    const path = `${this.#path}/${this.#stream}?after=${this.#cursor}`;
    this.#polls.request("GET", path, none, (status, bytes, from, to) => {
      if (status !== 200) return this.#end(1006, `a poll was answered ${status}`);
      for (let at = from; at < to && !this.#ended;) {
        const end = bytes.indexOf(lineFeed, at);
        this.#line(bytes, at, end);
        at = end + 1;
      }
      this.#poll();
    });
  }

  #line(bytes: Buffer, from: number, to: number): void {
    if (bytes.latin1Slice(from, from + closeStart.length) === closeStart) {
      const line = bytes.toString("utf8", from, to);
      const { code, reason } = JSON.parse(line) as { code: number; reason: string };
      return this.#end(code, reason);
    }
    this.#cursor++;
    this.#owner.frame(bytes, from, to);
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#posts.end();
    this.#polls.end();
    this.#owner.closed(code, reason);
  }
}
