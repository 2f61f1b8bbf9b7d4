/** What comes before a client is bound: TLS, sign-in, and which device it is (RFC 6120 sections 5 to 7, XEP-0198 section 5). */
import { wireError, type Params } from "@godwit/protocol";
import { AuthError, type Principal } from "../../../accounts/accounts.ts";
import { Address } from "./client/address.ts";
import { Client, type Manners } from "./client/client.ts";
import { readResumptionId } from "./client/resumption.ts";
import { errorElement, refusedStanza, StanzaError } from "./errors.ts";
import { showEvent } from "./events/show.ts";
import { caps } from "./iq/caps.ts";
import { deviceOfResource } from "./jid.ts";
import { ns } from "./namespaces.ts";
import { SaslFailure, saslFailure, type Exchange, type Step } from "./sasl/exchange.ts";
import { offered, type Mechanism } from "./sasl/mechanisms.ts";
import type { Party } from "./party.ts";
import { goOn, handOver } from "./stanzas/begin.ts";
import { route } from "./stanzas/route.ts";
import { child, childText, el, kept, serialize, textOf, type Element } from "./xml/element.ts";
import { StreamFault } from "./xml/fault.ts";

/** Failed sign-ins of one connection. */
const attemptsMax = 5;
/** Elements of a client that is not known yet. */
const elementsMax = 50;
const resourceBytes = 6;
const manners: Manners = { route, show: showEvent, handOver };

export class Negotiation {
  readonly #connection: Party;
  #exchange: Exchange | undefined;
  #principal: Principal | undefined;
  #attempts = 0;
  #elements = 0;
  /** Of the session that could not be resumed. */
  #scope: string | undefined;

  constructor(connection: Party) {
    this.#connection = connection;
  }

  /** Somebody has signed in. */
  get known(): boolean {
    return this.#principal !== undefined;
  }

  /** What the client may do next. */
  features(): Element[] {
    if (this.#principal !== undefined)
      return [
        el("bind", ns.bind),
        el("session", ns.session, {}, el("optional", ns.session)),
        el("sm", ns.sm),
        el("csi", ns.csi),
        caps.announcement,
      ];
    const tls = this.#mayStartTls
      ? [el("starttls", ns.tls, {}, this.#mustStartTls ? el("required", ns.tls) : undefined)]
      : [];
    if (this.#mustStartTls) return tls;
    const mechanisms = this.#mechanisms().map(({ name }) => el("mechanism", ns.sasl, {}, name));
    const binding =
      this.#exporter() === undefined
        ? []
        : [
            el(
              "sasl-channel-binding",
              ns.channelBinding,
              {},
              el("channel-binding", ns.channelBinding, { type: "tls-exporter" }),
            ),
          ];
    return [...tls, el("mechanisms", ns.sasl, {}, ...mechanisms), ...binding];
  }

  take(element: Element): void {
    if (++this.#elements > elementsMax)
      throw new StreamFault("policy-violation", "Too much was said without signing in.");
    if (this.#principal !== undefined) this.#bindOrResume(this.#principal, element);
    else if (element.ns === ns.tls && element.name === "starttls") this.#startTls();
    else if (element.ns === ns.sasl) this.#sasl(element);
    else throw new StreamFault("not-authorized", "First comes the sign-in.");
  }

  get #mayStartTls(): boolean {
    const { stream, shared } = this.#connection;
    return shared.services.config.tls && stream.startTls !== undefined && !stream.secure;
  }

  get #mustStartTls(): boolean {
    return this.#mayStartTls && !this.#connection.shared.services.config.plainWithoutTls;
  }

  #exporter(): Uint8Array | undefined {
    return this.#connection.stream.tlsExporter?.();
  }

  #mechanisms(): readonly Mechanism[] {
    const { stream, shared } = this.#connection;
    const { plainWithoutTls, scram } = shared.services.config;
    return offered({
      confidential: stream.secure || plainWithoutTls,
      bindable: this.#exporter() !== undefined,
      scram,
    });
  }

  /** RFC 6120 section 5.4. What stood behind the request in plain text is not heard: somebody else may have put it there. */
  #startTls(): void {
    const connection = this.#connection;
    if (!this.#mayStartTls) {
      connection.say(`<failure xmlns="${ns.tls}"/>`);
      throw new StreamFault("unsupported-feature", "There is no TLS to be started.");
    }
    connection.say(`<proceed xmlns="${ns.tls}"/>`);
    connection.restart();
    if (connection.stream.startTls?.() !== true)
      throw new StreamFault("reset", "TLS could not be started.");
  }

  #sasl(element: Element): void {
    if (element.name === "abort") {
      this.#fail(new SaslFailure("aborted", "As you wish.", false));
      return;
    }
    if (element.name === "auth") this.#exchange = this.#begin(element);
    else if (element.name !== "response" || this.#exchange === undefined)
      throw new StreamFault("not-authorized", "That is no step of a sign-in.");
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const text = textOf(element).trim();
    const empty = text === "" && element.name === "auth";
    const data = decode(text);
    if (empty || data === undefined) {
      this.#fail(new SaslFailure("incorrect-encoding", "An initial response in base64 is wanted."));
      return;
    }
    this.#connection.work(
      exchange
        .step(data)
        .then((step) => this.#step(step))
        .catch((error: unknown) => this.#fail(saslFailure(error))),
    );
  }

  #begin(element: Element): Exchange | undefined {
    const connection = this.#connection;
    const { accounts, random } = connection.shared.services;
    if (this.#mustStartTls) {
      this.#fail(new SaslFailure("encryption-required", "First comes STARTTLS."));
      return undefined;
    }
    const wanted = element.attrs["mechanism"];
    const mechanism = this.#mechanisms().find(({ name }) => name === wanted);
    if (mechanism === undefined) {
      this.#fail(new SaslFailure("invalid-mechanism", "That mechanism is not offered here."));
      return undefined;
    }
    return mechanism.begin({
      accounts,
      random,
      address: connection.address,
      domain: connection.domain,
      exporter: this.#exporter(),
    });
  }

  #step(step: Step): void {
    const data = step.data === undefined ? "" : step.data.toString("base64");
    if (!step.done) {
      this.#connection.say(`<challenge xmlns="${ns.sasl}">${data}</challenge>`);
      return;
    }
    this.#exchange = undefined;
    this.#principal = step.principal;
    this.#elements = 0;
    this.#connection.say(`<success xmlns="${ns.sasl}">${data}</success>`);
    this.#connection.restart();
  }

  #fail(failure: SaslFailure): void {
    this.#exchange = undefined;
    const inside = [el(failure.condition, ns.sasl), el("text", ns.sasl, {}, failure.message)];
    this.#connection.say(serialize(el("failure", ns.sasl, {}, ...inside), ""));
    if (failure.counts && ++this.#attempts >= attemptsMax)
      throw new StreamFault("policy-violation", "Too many failed sign-ins.");
  }

  #bindOrResume(principal: Principal, element: Element): void {
    if (element.ns === ns.sm && element.name === "resume") {
      this.#connection.work(this.#resume(principal, element));
      return;
    }
    const request = child(element, "bind", ns.bind);
    if (element.ns === ns.client && element.name === "iq" && request !== undefined)
      this.#connection.work(this.#bind(principal, element, request));
    else if (element.ns === ns.client && element.name === "iq")
      this.#answer(element, errorElement(new StanzaError("not-allowed", "First bind a resource.")));
    else throw new StreamFault("not-authorized", "First bind a resource.");
  }

  async #bind(principal: Principal, iq: Element, request: Element): Promise<void> {
    const connection = this.#connection;
    const { services } = connection.shared;
    const wanted = childText(request, "resource", ns.bind);
    const device = principal.device ?? deviceOfResource(wanted ?? "") ?? this.#newDevice();
    const refusal = await this.#noteDevice(principal.user, device);
    if (refusal !== undefined) {
      this.#answer(iq, errorElement(refusal));
      return;
    }
    const greeted = await services.greeter.admit(
      principal,
      { device, platform: "desktop", client: "xmpp", status: "invisible" },
      connection,
    );
    if ("error" in greeted) {
      const { error, detail, retryAfterMs } = greeted;
      this.#answer(iq, errorElement(refusedStanza(wireError(error, detail, retryAfterMs))));
      return;
    }
    const { session } = greeted;
    if (connection.gone || session.connection !== connection) {
      if (session.connection === connection) services.sessions.end(session, "signed_out");
      return;
    }
    const address = new Address(session.user, device, connection.domain);
    const client = new Client(services, address, session, manners, this.#scope);
    client.greeted = greeted;
    connection.adopt(client);
    // Of an address of its own: most clients never need theirs again.
    const { full } = new Address(session.user, device, connection.domain);
    const jid = el("jid", ns.bind, {}, full);
    this.#answer(iq, el("bind", ns.bind, {}, jid));
  }

  /** The device is known from here on, so that it can be signed out. What the store cannot write for now keeps nobody away. */
  async #noteDevice(user: string, device: string): Promise<StanzaError | undefined> {
    const { accounts, log } = this.#connection.shared.services;
    try {
      await accounts.devices.seen(user, device, "desktop");
    } catch (error) {
      if (error instanceof AuthError) return refusedStanza(error.toWire());
      log.warn({ error, user, device }, "device not recorded");
    }
    return undefined;
  }

  #newDevice(): string {
    return `x${Buffer.from(this.#connection.shared.services.random.bytes(resourceBytes)).toString("hex")}`;
  }

  #answer(iq: Element, inside: Element): void {
    const type = inside.name === "error" ? "error" : "result";
    const answer = el("iq", ns.client, { type, id: iq.attrs["id"] }, inside);
    this.#connection.say(serialize(answer, this.#connection.inherited));
  }

  /** XEP-0198 section 5: takes up a session whose stream was lost, from wherever the client comes now. */
  async #resume(principal: Principal, element: Element): Promise<void> {
    const connection = this.#connection;
    const { services, clientOf } = connection.shared;
    const { previd = "", h } = element.attrs;
    const named = readResumptionId(previd);
    // Where it does not come back to that session it goes on with its messages all the same.
    this.#scope = named === undefined ? undefined : kept(named.scope);
    const { session: id = "", device = "" } = named ?? {};
    const session = services.sessions.find(id, principal.user, device);
    const client = session === undefined ? undefined : clientOf(session);
    const handled = h === undefined || !/^\d{1,10}$/.test(h) ? undefined : Number(h);
    if (session === undefined || client === undefined || handled === undefined)
      return this.#cannotResume(undefined);
    if (client.link !== undefined) client.detach(client.link);
    const resumption = client.resumption(handled);
    if (resumption === undefined) {
      // Its old stream, if there still is one, is nobody's now.
      services.sessions.end(session, "resumed_elsewhere");
      return this.#cannotResume(client.handled);
    }
    const resume: Params<"hello">["resume"] = { session: id, position: resumption.position };
    const greeted = await services.greeter.admit(principal, { device, resume }, connection);
    if ("error" in greeted) return this.#cannotResume(client.handled);
    if (greeted.session !== session || connection.gone) {
      services.sessions.end(greeted.session, "signed_out");
      return this.#cannotResume(client.handled);
    }
    connection.say(`<resumed xmlns="${ns.sm}" previd="${previd}" h="${client.handled}"/>`);
    connection.adopt(client);
    client.resumed(resumption.position);
    // Not waited for: the client has to be heard, to acknowledge what it gets.
    if (client.available) void goOn(client, resumption.position);
    else client.greeted = greeted;
  }

  #cannotResume(handled: number | undefined): void {
    const attrs = handled === undefined ? {} : { h: String(handled) };
    const failed = el("failed", ns.sm, attrs, el("item-not-found", ns.stanzaErrors));
    this.#connection.say(serialize(failed, ""));
  }
}

/** RFC 6120 section 6.4.2: `=` stands for data that is there and empty. */
function decode(text: string): Buffer | undefined {
  if (text === "=" || text === "") return Buffer.alloc(0);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}
