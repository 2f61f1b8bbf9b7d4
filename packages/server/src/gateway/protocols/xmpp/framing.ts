import { el, serialize, type Element } from "./xml/element.ts";
import { StreamFault } from "./xml/fault.ts";
import {
  readElement,
  XmlReader,
  type Header as StreamHeader,
  type ParserPool,
  type XmlEvents,
  type XmlLimits,
} from "./xml/reader.ts";
import { ns } from "./namespaces.ts";

/** What the other side says, whatever carries it. May throw a StreamFault. */
export interface FramingEvents {
  /** Of what may be said now. */
  readonly limits: XmlLimits;
  /** The stream header: `<stream:stream>`, or `<open/>` of RFC 7395. */
  opened(header: Element): void;
  element(element: Element): void;
  /** The end of the stream. */
  finished(): void;
}

/** What a stream header says of us. */
export interface Header {
  readonly id: string;
  readonly from: string;
  readonly to: string | undefined;
}

/** How one stream is cut into elements: as one document on a socket, as one frame each over WebSocket. */
export interface Framing {
  /** The default namespace where a stanza is written. */
  readonly inherited: string;
  /** Reads data as it came. Throws a StreamFault. */
  read(data: Uint8Array | string): void;
  /** Hears nothing more of what has come so far; the next stream begins with the next data. */
  restart(): void;
  header(header: Header): string;
  features(inside: readonly Element[]): string;
  readonly end: string;
}

/** RFC 6120: one XML document in each direction. */
export class SocketFraming implements Framing, XmlEvents {
  readonly #events: FramingEvents;
  readonly #pool: ParserPool;
  /** Only within a stanza: most connections are idle. */
  #reader: XmlReader | undefined;
  /** Where the next one begins. */
  #resting: StreamHeader | undefined;

  constructor(events: FramingEvents, pool: ParserPool) {
    this.#events = events;
    this.#pool = pool;
  }

  get inherited(): string {
    return ns.client;
  }

  get end(): string {
    return "</stream:stream>";
  }

  read(data: Uint8Array | string): void {
    // It hears the reader itself: functions would cost memory.
    const { limits } = this.#events;
    const reader = (this.#reader ??= new XmlReader(this, limits, this.#pool, this.#resting));
    reader.write(typeof data === "string" ? Buffer.from(data) : data);
    const { resting } = reader;
    if (resting === undefined || this.#reader !== reader) return;
    this.#resting = resting;
    this.#reader = undefined;
  }

  restart(): void {
    this.#reader?.stop();
    this.#reader = undefined;
    this.#resting = undefined;
  }

  header({ id, from, to }: Header): string {
    const attrs = Object.entries({ id, from, to, version: "1.0" })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}="${value}"`);
    return `<?xml version="1.0"?><stream:stream xmlns="${ns.client}" xmlns:stream="${ns.streams}"${attrs.join("")} xml:lang="en">`;
  }

  features(inside: readonly Element[]): string {
    const body = inside.map((each) => serialize(each, ns.client)).join("");
    return `<stream:features>${body}</stream:features>`;
  }

  opened(root: Element): void {
    if (root.name !== "stream" || root.ns !== ns.streams)
      throw new StreamFault("invalid-namespace", "A stream begins with <stream:stream>.");
    this.#events.opened(root);
  }

  stanza(stanza: Element): void {
    this.#events.element(stanza);
  }

  closed(): void {
    this.#events.finished();
  }
}

/** RFC 7395: each frame is one element, and `<open/>` and `<close/>` are the ends. */
export class FrameFraming implements Framing {
  readonly #events: FramingEvents;

  constructor(events: FramingEvents) {
    this.#events = events;
  }

  get inherited(): string {
    return "";
  }

  get end(): string {
    return `<close xmlns="${ns.framing}"/>`;
  }

  read(data: Uint8Array | string): void {
    if (typeof data !== "string")
      throw new StreamFault("bad-format", "RFC 7395 section 3.2: frames are text.");
    const element = readElement(data, this.#events.limits);
    if (element.ns !== ns.framing) this.#events.element(element);
    else if (element.name === "open") this.#events.opened(element);
    else if (element.name === "close") this.#events.finished();
    else throw new StreamFault("unsupported-stanza-type", "There are <open/> and <close/>.");
  }

  restart(): void {
    // Every frame begins anew.
  }

  header({ id, from, to }: Header): string {
    const attrs = { id, from, to, version: "1.0" };
    return serialize(el("open", ns.framing, attrs), "");
  }

  features(inside: readonly Element[]): string {
    const body = inside.map((each) => serialize(each, "")).join("");
    return `<stream:features xmlns:stream="${ns.streams}">${body}</stream:features>`;
  }
}
