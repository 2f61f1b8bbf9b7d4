/** What the XMPP plays are performed with: a stage whose XMPP door is open, and clients that speak XMPP by hand. */
import { connect as connectTcp, type Socket } from "node:net";
import {
  child,
  elements,
  textOf,
  type Element,
} from "../../../packages/server/src/gateway/protocols/xmpp/xml/element.ts";
import {
  xmlLimits,
  XmlReader,
} from "../../../packages/server/src/gateway/protocols/xmpp/xml/reader.ts";
import { patiently } from "../actor.ts";
import { setStage, type Stage, type StageOptions } from "../stage.ts";
import { token } from "../tokens.ts";

export { child, elements, textOf, type Element };

export const domain = "localhost";
export const space = {
  client: "jabber:client",
  sm: "urn:xmpp:sm:3",
  sid: "urn:xmpp:sid:0",
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
  delay: "urn:xmpp:delay",
  mam: "urn:xmpp:mam:2",
  forward: "urn:xmpp:forward:0",
  carbons: "urn:xmpp:carbons:2",
  stanzas: "urn:ietf:params:xml:ns:xmpp-stanzas",
  streams: "urn:ietf:params:xml:ns:xmpp-streams",
  errors: "urn:godwit:errors",
  mucUser: "http://jabber.org/protocol/muc#user",
} as const;

export function setXmppStage(options: StageOptions = {}): Promise<Stage> {
  return setStage({
    ...options,
    settings: {
      "xmpp.enabled": true,
      "xmpp.port": 0,
      "xmpp.plainWithoutTls": true,
      ...options.settings,
    },
  });
}

export function portOf(stage: Stage): number {
  return stage.server.ports["xmpp"] ?? 0;
}

const header = `<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="${domain}" version="1.0">`;

type Fits = (element: Element) => boolean;

export interface PlayerOptions {
  readonly device?: string;
  /** Answers what the server asks of stream management, and its pings. */
  readonly polite?: boolean;
  /** How long its tokens hold. */
  readonly lifetimeMs?: number;
}

/** One XMPP client of one user, by hand: everything that it hears and nobody has waited for yet is remembered. */
export class Player {
  readonly user: string;
  readonly #port: () => number;
  readonly #options: PlayerOptions;
  #socket: Socket | undefined;
  #reader: XmlReader | undefined;
  #heard: Element[] = [];
  #waiting: { readonly fits: Fits; readonly resolve: (element: Element) => void }[] = [];
  #lastId = 0;
  #managed = false;
  /** Stanzas handled, as stream management counts them. */
  handled = 0;
  jid = "";
  session = "";
  ended: Promise<void> = Promise.resolve();

  constructor(port: () => number, user: string, options: PlayerOptions = {}) {
    this.user = user;
    this.#port = port;
    this.#options = { polite: true, ...options };
  }

  get bare(): string {
    return `${this.user}@${domain}`;
  }

  /** Opens the socket and the stream; resolves with the features. */
  async open(): Promise<Element> {
    const socket = connectTcp({ host: "127.0.0.1", port: this.#port(), noDelay: true });
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#heard = [];
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.on("data", (data: Buffer) => {
      if (this.#socket === socket) this.#reader?.write(data);
    });
    return this.restart();
  }

  /** Begins the stream anew. */
  restart(): Promise<Element> {
    this.#reader = new XmlReader(
      {
        opened: () => undefined,
        stanza: (element) => this.#hear(element),
        closed: () => this.#hear({ name: "end", ns: "", attrs: {}, children: [] }),
      },
      { ...xmlLimits, stanzaBytesMax: 1_000_000 },
    );
    this.write(header);
    return this.hears(named("features"));
  }

  /** Opens a stream and signs in with a token. */
  async signIn(): Promise<Element> {
    await this.open();
    const secret = await token(this.user, this.#options.lifetimeMs);
    const plain = Buffer.from(`\0${this.user}\0${secret}`).toString("base64");
    this.write(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain}</auth>`);
    await this.hears(named("success"));
    return this.restart();
  }

  /** Signs in, binds, and is there. With `managed` it can come back. */
  async enter({ managed = true }: { readonly managed?: boolean } = {}): Promise<this> {
    await this.signIn();
    return this.bind({ managed });
  }

  /** Binds, and is there, if it is to say so. */
  async bind({
    managed = true,
    present = true,
  }: { readonly managed?: boolean; readonly present?: boolean } = {}): Promise<this> {
    const device = this.#options.device ?? `${this.user}-x`;
    const bound = await this.ask(
      "set",
      `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${device}</resource></bind>`,
    );
    this.jid = textOf(elements(elements(bound)[0] as Element)[0]);
    if (managed) await this.manage();
    if (present) {
      this.write("<presence/>");
      await this.hears(presenceOf(this.jid));
    }
    return this;
  }

  async manage(): Promise<void> {
    this.write(`<enable xmlns="${space.sm}" resume="true"/>`);
    const enabled = await this.hears(named("enabled"));
    this.session = enabled.attrs["id"] ?? "";
    this.#managed = true;
    this.handled = 0;
  }

  /** Comes back on another connection; the answer is `resumed` or `failed`. */
  async resume(handled = this.handled): Promise<Element> {
    await this.signIn();
    this.write(`<resume xmlns="${space.sm}" previd="${this.session}" h="${handled}"/>`);
    return this.hears(({ name }) => name === "resumed" || name === "failed");
  }

  write(text: string | Uint8Array): void {
    this.#socket?.write(text);
  }

  /** Loses the connection without a word. */
  async cut(): Promise<void> {
    this.#socket?.destroy();
    await this.ended;
  }

  /** Reads nothing any more. */
  deafen(): void {
    this.#socket?.pause();
  }

  /** Leaves for good. */
  async leave(): Promise<void> {
    this.write("</stream:stream>");
    await patiently(this.ended, "the stream to end");
  }

  /** Says a text to somebody; the id is the result. */
  says(
    to: string,
    text: string,
    {
      id = crypto.randomUUID(),
      inside = "",
      type = "chat",
    }: { readonly id?: string; readonly inside?: string; readonly type?: string } = {},
  ): string {
    this.write(
      `<message to="${to}" type="${type}" id="${id}"><body>${text}</body>${inside}</message>`,
    );
    return id;
  }

  /** Resolves when the server has handled everything so far. */
  async settled(): Promise<number> {
    this.write(`<r xmlns="${space.sm}"/>`);
    return Number((await this.hears(named("a"))).attrs["h"]);
  }

  /** Asks something and resolves with the answer, be it an error. */
  ask(type: "get" | "set", payload: string, to?: string): Promise<Element> {
    const id = `ask-${++this.#lastId}`;
    const place = to === undefined ? "" : ` to="${to}"`;
    this.write(`<iq type="${type}" id="${id}"${place}>${payload}</iq>`);
    return this.hears(({ name, attrs }) => name === "iq" && attrs["id"] === id);
  }

  /** The next element that fits, waiting for it if need be; those before it stay. */
  hears(fits: Fits): Promise<Element> {
    const at = this.#heard.findIndex(fits);
    if (at >= 0) return Promise.resolve(this.#heard.splice(at, 1)[0] as Element);
    const { promise, resolve } = Promise.withResolvers<Element>();
    this.#waiting.push({ fits, resolve });
    return patiently(promise, `${this.user} to hear ${String(fits).slice(0, 200)}`);
  }

  /** The next message with a body, which must be this one. */
  async reads(text: string): Promise<Element> {
    const message = await this.hears((each) => bodyOf(each) !== undefined);
    if (bodyOf(message) !== text)
      throw new Error(`Expected ${text}, got ${String(bodyOf(message))}.`);
    return message;
  }

  /** What has come and nobody has asked for. */
  get unasked(): readonly Element[] {
    return this.#heard;
  }

  #hear(element: Element): void {
    const stanza = ["message", "presence", "iq"].includes(element.name);
    if (stanza && this.#managed) this.handled++;
    if (this.#options.polite === true && this.#answer(element)) return;
    const at = this.#waiting.findIndex(({ fits }) => fits(element));
    if (at < 0) this.#heard.push(element);
    else this.#waiting.splice(at, 1)[0]?.resolve(element);
  }

  #answer({ name, attrs, children }: Element): boolean {
    if (name === "r") this.write(`<a xmlns="${space.sm}" h="${this.handled}"/>`);
    const [inside] = children;
    const ping = typeof inside === "object" && inside.name === "ping" && attrs["type"] === "get";
    if (ping) this.write(`<iq type="result" id="${attrs["id"]}" to="${domain}"/>`);
    return name === "r" || ping;
  }
}

/** Fits the presence of whoever has this address. */
export function presenceOf(jid: string): Fits {
  return ({ name, attrs }) => name === "presence" && attrs["from"] === jid;
}

/** Fits elements of a name. */
export function named(name: string): Fits {
  return (element) => element.name === name;
}

export function bodyOf(element: Element): string | undefined {
  const body = element.name === "message" ? child(element, "body", space.client) : undefined;
  return body === undefined ? undefined : textOf(body);
}

/** The name of the condition in an error, of a stanza or of a stream. */
export function conditionOf(element: Element): string | undefined {
  const error =
    element.name === "error" ? element : elements(element).find(({ name }) => name === "error");
  return (
    error && elements(error).find(({ ns }) => ns === space.stanzas || ns === space.streams)?.name
  );
}
