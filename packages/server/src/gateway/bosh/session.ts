import type { CloseName } from "@godwit/protocol";
import type { Stream, StreamHandler, StreamProtocol } from "../protocols/stream.ts";
import { body, xbosh, type Body } from "./body.ts";

/** Requests that a client may have open: one that is held, and one that says something. */
export const requestsMax = 2;
const framing = "urn:ietf:params:xml:ns:xmpp-framing";
/** How the frames begin that open and close a stream; further in it may be what somebody said. */
const streamEnd = new RegExp(`^<(?:open|close) xmlns="${framing}"`);
const congestedBytes = 65_536;

export interface BoshShared {
  readonly protocol: StreamProtocol;
  readonly monotonic: () => number;
  readonly writeBufferBytesMax: number;
  /** Longest time that a request is held. */
  readonly waitMsMax: number;
  readonly connectDeadlineMs: number;
  /** How long there may be no request at all. */
  readonly inactivityMs: number;
  readonly ended: (session: BoshSession) => void;
}

/** Answers a request, once. */
type Respond = (text: string) => void;

interface Held {
  readonly rid: number;
  readonly untilMs: number;
  /** Of the newest request with this number. */
  respond: Respond;
}

interface Early {
  readonly body: Body;
  readonly respond: Respond;
}

/**
 * One BOSH session (XEP-0124) as a stream of frames: what would be frames over WebSocket is gathered in the bodies of responses, and requests are heard in the order of their
 * numbers. A response that was lost is given again.
 */
export class BoshSession implements Stream {
  readonly sid: string;
  readonly address: string;
  readonly secure: boolean;
  readonly #shared: BoshShared;
  readonly #handler: StreamHandler;
  readonly #waitMs: number;
  readonly #to: string;
  #queue: string[] = [];
  #queuedBytes = 0;
  #held: Held[] = [];
  /** Requests that came before one of their predecessors. */
  readonly #early = new Map<number, Early>();
  /** The newest responses by the number of their request, as many as a client can miss (XEP-0124 section 14.3). */
  readonly #given = new Map<number, string>();
  #rid: number;
  #drained: (() => void)[] = [];
  #openedAtMs: number;
  #heardAtMs: number;
  #silenceMsMax = Number.POSITIVE_INFINITY;
  #known = false;
  #ending = false;
  #closed = false;
  #first = true;

  constructor(
    shared: BoshShared,
    who: { readonly sid: string; readonly address: string; readonly secure: boolean },
    { attrs }: Body,
  ) {
    this.#shared = shared;
    this.sid = who.sid;
    this.address = who.address;
    this.secure = who.secure;
    const waitS = Number(attrs["wait"] ?? "60");
    const waitMs = Number.isFinite(waitS) && waitS >= 0 ? waitS * 1_000 : shared.waitMsMax;
    this.#waitMs = Math.min(waitMs, shared.waitMsMax);
    this.#to = attrs["to"] ?? "";
    this.#rid = Number(attrs["rid"]);
    this.#openedAtMs = this.#heardAtMs = shared.monotonic();
    this.#handler = shared.protocol.open(this);
  }

  get congested(): boolean {
    return this.#queuedBytes > congestedBytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a request; `respond` is called once, now or later. */
  take(request: Body, respond: Respond): void {
    const rid = Number(request.attrs["rid"]);
    const again = this.#given.get(rid);
    if (again !== undefined) respond(again);
    else if (this.#repeats(rid, request, respond)) this.#heardAtMs = this.#shared.monotonic();
    else if (!Number.isSafeInteger(rid) || rid < this.#rid || rid >= this.#rid + requestsMax)
      respond(terminate("item-not-found"));
    else if (rid > this.#rid) this.#early.set(rid, { body: request, respond });
    else this.#hear(request, respond);
  }

  /** XEP-0124 section 14.3: the connection of a request that is not answered yet broke, and it comes again on another. True if it is one; what it says was heard. */
  #repeats(rid: number, request: Body, respond: Respond): boolean {
    const held = this.#held.find((each) => each.rid === rid);
    const before = held ?? this.#early.get(rid);
    if (before === undefined) return false;
    before.respond(body({ type: "error" }, []));
    if (held !== undefined) held.respond = respond;
    else this.#early.set(rid, { body: request, respond });
    return true;
  }

  #hear(request: Body, respond: Respond): void {
    this.#heardAtMs = this.#shared.monotonic();
    const rid = this.#rid++;
    this.#held.push({ rid, untilMs: this.#heardAtMs + this.#waitMs, respond });
    if (this.#first || request.restart) this.#say(openFrame(this.#to));
    for (const element of request.elements) this.#say(element);
    if (request.attrs["type"] === "terminate") this.#say(`<close xmlns="${framing}"/>`);
    this.#flush();
    // One is held; the next lets it go.
    while (this.#held.length > 1 || (this.#waitMs === 0 && this.#held.length > 0)) this.#respond();
    const next = this.#early.get(this.#rid);
    if (next === undefined) return;
    this.#early.delete(this.#rid);
    this.#hear(next.body, next.respond);
  }

  #say(frame: string): void {
    if (!this.#closed && !this.#ending) this.#handler.data(frame);
  }

  admitted(silenceMsMax: number): void {
    this.#known = true;
    this.#silenceMsMax = silenceMsMax;
  }

  write(data: Uint8Array | string): void {
    const text = typeof data === "string" ? data : Buffer.from(data).toString();
    // The ends of a stream are the body's to say.
    if (this.#closed || this.#ending || streamEnd.test(text)) return;
    this.#queue.push(text);
    this.#queuedBytes += text.length;
    if (this.#queuedBytes > this.#shared.writeBufferBytesMax) this.terminate();
    else if (this.#queue.length === 1) queueMicrotask(() => this.#flush());
  }

  drained(): Promise<void> {
    if (this.#closed || !this.congested) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  pause(): void {
    // A client has two requests open at most: whoever does not get an answer says nothing more.
  }

  resume(): void {
    // As above.
  }

  end(): void {
    this.#ending = true;
    queueMicrotask(() => this.#flush());
  }

  terminate(): void {
    this.#queue = [];
    this.#finish("remote-connection-failed");
  }

  close(name: CloseName): void {
    if (!this.#closed) this.#handler.close(name);
  }

  /** Asked by the wheel: how much longer it may be as it is. */
  due(): number {
    if (this.#closed) return 0;
    const nowMs = this.#shared.monotonic();
    const [held] = this.#held;
    if (held !== undefined && nowMs >= held.untilMs) this.#respond();
    const { inactivityMs, connectDeadlineMs } = this.#shared;
    const silentMs = nowMs - this.#heardAtMs;
    if (!this.#known && nowMs - this.#openedAtMs > connectDeadlineMs)
      this.close("connect_deadline");
    else if (this.#held.length === 0 && silentMs > inactivityMs) this.#finish(undefined);
    else if (silentMs > this.#silenceMsMax) this.close("idle");
    return this.#closed ? 0 : 1_000;
  }

  #flush(): void {
    if (this.#closed) return;
    if (this.#queue.length > 0 && this.#held.length > 0) this.#respond();
    if (this.#ending && this.#queue.length === 0) this.#finish(undefined);
  }

  /** Answers the oldest request that is held with what there is. */
  #respond(attrs: Readonly<Record<string, string | undefined>> = {}): void {
    const held = this.#held.shift();
    if (held === undefined) return;
    const inside = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    const first = this.#first ? this.#opening() : {};
    this.#first = false;
    const ends = this.#ending ? { type: "terminate" } : {};
    const text = body(
      { ...first, ...ends, ...attrs, "xmlns:stream": xbosh["xmlns:stream"] },
      inside,
    );
    this.#keep(held.rid, text);
    held.respond(text);
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** For a client that does not get it. Together they are no more than may wait to be written; the newest is kept in any case. */
  #keep(newest: number, text: string): void {
    this.#given.set(newest, text);
    let bytes = 0;
    for (const [rid, given] of [...this.#given].toReversed()) {
      bytes += given.length;
      const tooMuch = bytes > this.#shared.writeBufferBytesMax && rid !== newest;
      if (tooMuch || rid <= newest - requestsMax) this.#given.delete(rid);
    }
  }

  /** XEP-0124 section 7.2. */
  #opening(): Record<string, string> {
    return {
      sid: this.sid,
      wait: String(Math.round(this.#waitMs / 1_000)),
      requests: String(requestsMax),
      hold: "1",
      inactivity: String(Math.round(this.#shared.inactivityMs / 1_000)),
      ver: "1.11",
      authid: this.sid.slice(0, 12),
      "xmlns:xmpp": xbosh["xmlns:xmpp"],
      "xmpp:version": "1.0",
      "xmpp:restartlogic": "true",
    };
  }

  #finish(condition: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#held.length > 0) this.#respond({ type: "terminate", condition });
    for (const { respond } of this.#early.values()) respond(terminate(condition));
    this.#early.clear();
    for (const resolve of this.#drained.splice(0)) resolve();
    this.#shared.ended(this);
    this.#handler.closed();
  }
}

function openFrame(to: string): string {
  const place = /^[^"<&]*$/.test(to) && to !== "" ? ` to="${to}"` : "";
  return `<open xmlns="${framing}"${place} version="1.0"/>`;
}

/** The end of a session that there is not, or no more. */
export function terminate(condition: string | undefined): string {
  return body({ type: "terminate", condition }, []);
}
