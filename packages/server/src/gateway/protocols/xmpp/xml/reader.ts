import { SaxesParser, type SaxesTagNS } from "saxes";
import { Lru } from "../../../../lib/lru.ts";
import { escapeAttribute, type Element, type Node } from "./element.ts";
import { StreamFault } from "./fault.ts";

/** Bounds of what one client may say. Each breach is a `policy-violation`. */
export interface XmlLimits {
  /** Bytes of one stanza, with everything around it. */
  readonly stanzaBytesMax: number;
  /** Elements within each other, the stream not counted. */
  readonly depthMax: number;
  readonly attributesMax: number;
  /** Elements of one stanza. */
  readonly elementsMax: number;
}

export const xmlLimits = { depthMax: 32, attributesMax: 32, elementsMax: 1_024 } as const;

/** What is told of a stream, in its order. May throw a StreamFault. */
export interface XmlEvents {
  /** The root element, which stays open until `closed`. */
  opened(root: Element): void;
  /** A child of the root, whole. */
  stanza(stanza: Element): void;
  /** The root element's end. */
  closed(): void;
}

type Parser = SaxesParser<{ xmlns: true; position: false }>;

/** A parser, and whose stream it reads now. */
interface Parsing {
  reader: XmlReader;
  readonly parser: Parser;
  readonly decoder: TextDecoder;
  /** Characters written to it, and how many of them there were when the last stanza ended. */
  written: number;
  restAt: number;
}

/** Parsers that rest inside roots of one form, and forms that are remembered. */
const restingMax = 16;
const rootsMax = 32;
/** Beginnings of streams that are remembered, and the longest one. */
const headersMax = 64;
const headerBytesMax = 512;

/** What the beginning of a stream says: its root, and the root's start tag with its namespaces. Shared by all streams that begin so. */
export interface Header {
  readonly element: Open;
  readonly root: string;
}

/**
 * Parsers at rest. Between stanzas a parser knows nothing but the root around it, and the roots of most streams are the same: so a few parsers are enough for
 * any number of connections.
 */
export class ParserPool {
  readonly #resting = new Lru<Parsing[]>(rootsMax);
  /** Beginnings of streams that were read before, by their bytes: clients of one kind all begin alike. */
  readonly headers = new Lru<Header>(headersMax);

  take(root: string): Parsing | undefined {
    return this.#resting.get(root)?.pop();
  }

  give(root: string, parsing: Parsing): void {
    const same = this.#resting.get(root);
    if (same === undefined) this.#resting.set(root, [parsing]);
    else if (same.length < restingMax) same.push(parsing);
  }
}

interface Open {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: Node[];
}

/** Fed to the parser at a time, so that no bound is overrun by more. */
const pieceBytes = 4_096;
const closingBracket = 0x3e;

/**
 * Reads one XML stream (RFC 6120 section 4) from bytes as they come. Refuses what section 11.1 forbids: comments, processing instructions, document type
 * definitions and with them every entity but the five of XML. Invalid UTF-8 and malformed XML are faults, and so is every breach of the limits. After a fault
 * the reader is spent.
 *
 * Between stanzas it keeps no parser, and need not be kept itself: most connections are idle. The next one begins inside the same root.
 */
export class XmlReader {
  readonly #events: XmlEvents;
  readonly #limits: XmlLimits;
  readonly #pool: ParserPool | undefined;
  #parsing: Parsing | undefined;
  #open: Open[];
  /** Undefined before it has come. */
  #root: Header | undefined;
  /** The bytes of the root's start tag while it is read, and everything before it. */
  #header: string | undefined;
  #stopped = false;
  #bytes = 0;
  #elements = 0;

  /** Begins before the stream's root, or inside of one whose beginning another has read. */
  constructor(events: XmlEvents, limits: XmlLimits, pool?: ParserPool, within?: Header) {
    this.#events = events;
    this.#limits = limits;
    this.#pool = pool;
    this.#root = within;
    this.#open = within === undefined ? [] : [within.element];
  }

  /** Between two stanzas: what another reader needs to go on from here. */
  get resting(): Header | undefined {
    const rests = this.#parsing === undefined && this.#open.length === 1 && !this.#stopped;
    return rests ? this.#root : undefined;
  }

  /** Hears nothing more, not even what stands behind the present event in the same bytes. */
  stop(): void {
    this.#stopped = true;
  }

  /** Throws a StreamFault. */
  write(data: Uint8Array): void {
    const begins = this.#parsing === undefined && this.#root === undefined;
    let at = begins ? this.#recognise(data) : 0;
    if (this.#parsing === undefined && this.#root !== undefined && isBlank(data.subarray(at)))
      return;
    for (; at < data.length && !this.#stopped; at += pieceBytes)
      this.#feed(data.subarray(at, at + pieceBytes));
  }

  /** A beginning that was read before needs no parser. The result is where the rest is. */
  #recognise(data: Uint8Array): number {
    if (this.#pool === undefined) return 0;
    const length = Math.min(data.length, headerBytesMax);
    const text = Buffer.from(data.buffer, data.byteOffset, length).toString("latin1");
    const end = text.indexOf(">", text.indexOf("<stream:stream")) + 1;
    if (end === 0) return 0;
    const bytes = text.slice(0, end);
    const known = this.#pool.headers.get(bytes);
    if (known === undefined) {
      this.#header = bytes;
      return 0;
    }
    this.#root = known;
    this.#open.push(known.element);
    this.#events.opened(known.element);
    return end;
  }

  #feed(piece: Uint8Array): void {
    const parsing = (this.#parsing ??= this.#begin());
    // Before anything of it is looked at; only what the piece has in front of its stanza is not counted to it.
    this.#bytes += piece.length;
    if (this.#bytes > this.#limits.stanzaBytesMax)
      throw new StreamFault(
        "policy-violation",
        `A stanza may have ${this.#limits.stanzaBytesMax} bytes.`,
      );
    let text: string;
    try {
      text = parsing.decoder.decode(piece, { stream: true });
    } catch {
      throw new StreamFault("not-well-formed", "The bytes are not UTF-8.");
    }
    parsing.written += text.length;
    parsing.parser.write(text);
    if (this.#stopped) return;
    // Nothing stands behind the last stanza, not even a part of a character.
    if (parsing.restAt === parsing.written && piece.at(-1) === closingBracket) {
      this.#parsing = undefined;
      if (this.#root !== undefined) this.#pool?.give(this.#root.root, parsing);
      this.#bytes = 0;
    }
  }

  #begin(): Parsing {
    const resting = this.#root === undefined ? undefined : this.#pool?.take(this.#root.root);
    if (resting !== undefined) {
      resting.reader = this;
      return resting;
    }
    const parser = new SaxesParser({ xmlns: true, position: false });
    const parsing: Parsing = {
      reader: this,
      parser,
      decoder: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }),
      written: 0,
      restAt: -1,
    };
    if (this.#root !== undefined) {
      parser.write(this.#root.root);
      parsing.written = this.#root.root.length;
    }
    listen(parsing);
    return parsing;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** For the parser: a start tag. */
  startTag(tag: SaxesTagNS): void {
    const { depthMax, attributesMax, elementsMax } = this.#limits;
    if (this.#open.length > depthMax)
      throw new StreamFault("policy-violation", `Elements may nest ${depthMax} deep.`);
    // Without a prototype: names are the client's.
    const attrs = Object.create(null) as Record<string, string>;
    let count = 0;
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key];
      if (attribute === undefined) continue;
      if (++count > attributesMax)
        throw new StreamFault(
          "policy-violation",
          `An element may have ${attributesMax} attributes.`,
        );
      const { prefix, local, uri, value } = attribute;
      if (prefix === "xmlns" || (prefix === "" && local === "xmlns")) continue;
      attrs[prefix === "" ? local : `{${uri}}${local}`] = value;
    }
    const element = { name: tag.local, ns: tag.uri, attrs, children: [] };
    if (this.#root === undefined) {
      this.#root = { element, root: rootOf(tag) };
      // Only if it was all of it: the first `>` may have stood in an attribute.
      if (this.#header?.length === this.#parsing?.parser.position && this.#header !== undefined)
        this.#pool?.headers.set(this.#header, this.#root);
      this.#header = undefined;
      this.#bytes = 0;
      this.#open.push(element);
      this.#events.opened(element);
      return;
    }
    if (++this.#elements > elementsMax)
      throw new StreamFault("policy-violation", `A stanza may have ${elementsMax} elements.`);
    this.#open.push(element);
  }

  /** For the parser: an end tag. */
  endTag(): void {
    const element = this.#open.pop();
    const parent = this.#open.at(-1);
    if (element === undefined) return;
    if (parent === undefined) this.#events.closed();
    else if (this.#open.length > 1) parent.children.push(element);
    else {
      this.#bytes = 0;
      this.#elements = 0;
      if (this.#parsing !== undefined) this.#parsing.restAt = this.#parsing.parser.position;
      this.#events.stanza(element);
    }
  }

  /** For the parser: text between tags. */
  text(data: string): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    if (this.#open.length === 1) {
      if (/[^ \t\r\n]/.test(data))
        throw new StreamFault("bad-format", "There is no text between stanzas.");
      this.#bytes = 0;
      return;
    }
    const last = parent.children.length - 1;
    const before = parent.children[last];
    if (typeof before === "string") parent.children[last] = before + data;
    else parent.children.push(data);
  }
}

/** What a parser says goes to the reader that it works for. */
function listen(parsing: Parsing): void {
  const { parser } = parsing;
  const restricted = (what: string) => () => {
    if (!parsing.reader.stopped)
      throw new StreamFault("restricted-xml", `${what} are not allowed in XMPP.`);
  };
  parser.on("error", (error) => {
    if (!parsing.reader.stopped) throw faultOf(error);
  });
  parser.on("comment", restricted("Comments"));
  parser.on("processinginstruction", restricted("Processing instructions"));
  parser.on("doctype", restricted("Document type definitions"));
  parser.on("xmldecl", ({ encoding }) => {
    if (encoding !== undefined && encoding.toLowerCase() !== "utf-8")
      throw new StreamFault("unsupported-encoding", "XMPP is UTF-8.");
  });
  parser.on("opentag", (tag) => {
    if (!parsing.reader.stopped) parsing.reader.startTag(tag);
  });
  parser.on("closetag", () => {
    if (!parsing.reader.stopped) parsing.reader.endTag();
  });
  const text = (data: string) => {
    if (!parsing.reader.stopped) parsing.reader.text(data);
  };
  parser.on("text", text);
  parser.on("cdata", text);
}

/** RFC 6120 section 4.6.1: whitespace between stanzas keeps the connection alive and says nothing. */
function isBlank(data: Uint8Array): boolean {
  return data.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** The start tag that later parsers begin with. */
function rootOf(tag: SaxesTagNS): string {
  const spaces = Object.values(tag.attributes)
    .filter(({ prefix, local }) => prefix === "xmlns" || (prefix === "" && local === "xmlns"))
    .map(({ name, value }) => ` ${name}="${escapeAttribute(value)}"`);
  return `<${tag.name}${spaces.join("")}>`;
}

/** What the parser finds wrong, by the name that RFC 6120 has for it. */
function faultOf(error: Error): StreamFault {
  const detail = error.message.slice(0, 200);
  if (detail.includes("unbound namespace prefix"))
    return new StreamFault("bad-namespace-prefix", detail);
  if (detail.includes("encoding value")) return new StreamFault("unsupported-encoding", detail);
  if (/doctype|processing instruction|malformed comment|undefined entity/.test(detail))
    return new StreamFault("restricted-xml", detail);
  return new StreamFault("not-well-formed", detail);
}

/** Reads text that is one whole element, as a frame of RFC 7395 is. Throws a StreamFault. */
export function readElement(text: string, limits: XmlLimits): Element {
  if (text.length > limits.stanzaBytesMax || Buffer.byteLength(text) > limits.stanzaBytesMax)
    throw new StreamFault("policy-violation", `A stanza may have ${limits.stanzaBytesMax} bytes.`);
  if (!text.isWellFormed()) throw new StreamFault("not-well-formed", "The text is not UTF-8.");
  let root: Element | undefined;
  let whole = false;
  const wrapper = new XmlReader(
    {
      opened: () => undefined,
      stanza: (stanza) => {
        if (root !== undefined) throw new StreamFault("bad-format", "A frame is one element.");
        root = stanza;
      },
      closed: () => {
        whole = true;
      },
    },
    limits,
  );
  wrapper.write(Buffer.from(`<frame>${text}</frame>`));
  if (root === undefined || !whole)
    throw new StreamFault("not-well-formed", "A frame is one whole element.");
  return root;
}
