import type { CloseName, ServerFrame } from "@godwit/protocol";
import type { Outgoing } from "../../../hub/outgoing.ts";
import type { Stream, StreamHandler } from "../stream.ts";
import type { Client } from "./client/client.ts";
import { disappear } from "./contacts/own.ts";
import { closeError, streamError } from "./errors.ts";
import type { Framing, FramingEvents } from "./framing.ts";
import { parseJid, prepareDomain } from "./jid.ts";
import { Negotiation } from "./negotiation.ts";
import type { Party, Shared } from "./party.ts";
import { boundElement } from "./stanzas/bound.ts";
import type { Element } from "./xml/element.ts";
import { StreamFault, type StreamCondition } from "./xml/fault.ts";
import { xmlLimits, type XmlLimits } from "./xml/reader.ts";

/** Of one element before its sender is known. */
const strangerBytesMax = 16_384;
const strangerLimits: XmlLimits = { ...xmlLimits, stanzaBytesMax: strangerBytesMax };
/** Elements that may wait while a sign-in or a binding is worked on. */
const queueMax = 64;
const streamIdBytes = 12;

/** One XMPP stream: first it is negotiated (RFC 6120 sections 4 to 7), then it is a client's. To the core it is the client's connection. */
export class XmppConnection implements StreamHandler, FramingEvents, Party {
  readonly shared: Shared;
  readonly stream: Stream;
  readonly #framing: Framing;
  #negotiation: Negotiation | undefined;
  #client: Client | undefined;
  /** The stream's header was sent. */
  #opened = false;
  #ended = false;
  #closed = false;
  #working = false;
  #queue: Element[] | undefined;
  /** Who wants it not to be read: the pipeline, the client. */
  #paused = false;
  #held = false;
  domain: string;
  /** Monotonic milliseconds. */
  heardAtMs: number;

  constructor(shared: Shared, stream: Stream, framing: (events: FramingEvents) => Framing) {
    this.shared = shared;
    this.stream = stream;
    const { config, clock } = shared.services;
    this.#negotiation = new Negotiation(this);
    this.domain = config.domain ?? config.domainDefault;
    this.heardAtMs = clock.monotonic();
    this.#framing = framing(this);
  }

  get address(): string {
    return this.stream.address;
  }

  get congested(): boolean {
    return this.stream.congested;
  }

  get gone(): boolean {
    return this.#closed || this.#ended;
  }

  /** Before the sign-in, nobody may say much at once. */
  get limits(): XmlLimits {
    return this.#negotiation?.known === false ? strangerLimits : this.shared.services.config.xml;
  }

  get inherited(): string {
    return this.#framing.inherited;
  }

  get client(): Client | undefined {
    return this.#client;
  }

  data(data: Uint8Array | string): void {
    if (this.#ended) return;
    this.heardAtMs = this.shared.services.clock.monotonic();
    this.#guarded(() => this.#framing.read(data));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof StreamFault) this.fail(error.condition, error.message);
      else {
        this.shared.services.log.error({ error }, "an XMPP stream failed");
        this.close("internal");
      }
    }
  }

  /** RFC 6120 section 4.7. */
  opened(header: Element): void {
    const { config, random } = this.shared.services;
    const { to, from, version } = header.attrs;
    const named = to === undefined ? undefined : prepareDomain(to);
    if (config.domain === undefined) this.domain = named ?? this.domain;
    this.#opened = true;
    const id = Buffer.from(random.bytes(streamIdBytes)).toString("hex");
    this.say(this.#framing.header({ id, from: this.domain, to: bareOf(from) }));
    if (version === undefined || !/^1\.\d+$/.test(version))
      throw new StreamFault("unsupported-version", "This server speaks XMPP 1.0.");
    if (to !== undefined && named === undefined)
      throw new StreamFault("improper-addressing", "The stream's to is no domain.");
    if (named !== undefined && named !== this.domain)
      throw new StreamFault("host-unknown", `This server is ${this.domain}.`);
    if (this.#negotiation !== undefined)
      this.say(this.#framing.features(this.#negotiation.features()));
  }

  element(element: Element): void {
    if (this.gone) return;
    if (!this.#opened) throw new StreamFault("bad-format", "A stream begins with its header.");
    if (!this.#working) {
      this.#take(element);
      return;
    }
    this.#queue ??= [];
    if (this.#queue.length >= queueMax)
      throw new StreamFault("policy-violation", "Too much was said before the answer.");
    this.#queue.push(element);
  }

  #take(element: Element): void {
    if (element.ns === "jabber:server")
      throw new StreamFault("invalid-namespace", "This door is for clients.");
    if (this.#client !== undefined) boundElement(this, this.#client, element);
    else this.#negotiation?.take(element);
  }

  work(work: Promise<void>): void {
    this.#working = true;
    void work
      .catch((error: unknown) => this.#guarded(() => rethrow(error)))
      .finally(() => this.#guarded(() => this.#catchUp()));
  }

  #catchUp(): void {
    this.#working = false;
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const element of queue) this.element(element);
  }

  restart(): void {
    this.#opened = false;
    this.#framing.restart();
  }

  adopt(client: Client): void {
    this.#client = client;
    this.#negotiation = undefined;
    this.shared.left.delete(client.session);
    client.attach(this);
    this.stream.admitted(this.shared.bound(this, client));
  }

  say(text: string): void {
    if (!this.#closed && !this.#ended) this.stream.write(text);
  }

  write(outgoing: Outgoing): void {
    if (!this.#ended) this.#client?.event(outgoing);
  }

  reply(frame: ServerFrame): void {
    if (!this.#ended) this.#client?.reply(frame);
  }

  async drained(): Promise<void> {
    await this.stream.drained();
    await this.#client?.room();
  }

  pause(): void {
    this.#paused = true;
    this.stream.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#held) this.stream.resume();
  }

  hold(held: boolean): void {
    this.#held = held;
    if (held) this.stream.pause();
    else if (!this.#paused) this.stream.resume();
  }

  close(name: CloseName, detail?: string): void {
    this.#end(closeError(name, detail));
  }

  fail(condition: StreamCondition, detail: string): void {
    this.#end(streamError(condition, detail));
  }

  /** RFC 6120 section 4.9.1.1: an error comes inside a stream, so that one is opened for it. */
  #end(error: string): void {
    if (this.#ended || this.#closed) return;
    if (!this.#opened)
      this.say(this.#framing.header({ id: "0", from: this.domain, to: undefined }));
    // What is handled by now, so that nothing of it is said again (XEP-0198 section 4).
    if (this.#client?.managed === true) this.#client.acknowledge();
    this.say(error);
    this.say(this.#framing.end);
    this.#ended = true;
    this.stream.end();
  }

  /** The client leaves for good: nothing is kept for its return. */
  finished(): void {
    if (this.#ended) return;
    if (this.#client?.managed === true) this.#client.acknowledge();
    this.say(this.#framing.end);
    this.#ended = true;
    if (this.#client !== undefined) {
      this.#client.resumable = false;
      this.#leave(this.#client);
    }
    this.stream.end();
  }

  closed(): void {
    this.#closed = true;
    if (this.#client !== undefined) this.#leave(this.#client);
  }

  /** The session waits for a client that may come back, and ends without one. */
  #leave(client: Client): void {
    const { greeter, sessions } = this.shared.services;
    const { session } = client;
    client.detach(this);
    if (session.connection === this) {
      greeter.left(session);
      if (client.resumable) {
        this.shared.left.set(session, client);
        sessions.detach(session, this);
      } else sessions.end(session, "signed_out");
    }
    if (session.ended) disappear(client);
  }
}

/** RFC 6120 section 4.7.2: who says in the header of a stream who it is, is called so in the answer, without a resource. */
function bareOf(from: string | undefined): string | undefined {
  const jid = from === undefined ? undefined : parseJid(from);
  return jid?.local === undefined ? undefined : `${jid.local}@${jid.domain}`;
}

function rethrow(error: unknown): never {
  throw error;
}
