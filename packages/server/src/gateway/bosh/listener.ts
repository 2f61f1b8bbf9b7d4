import type { CloseName } from "@godwit/protocol";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { Wheel } from "../../lib/wheel.ts";
import type { Admission } from "../listeners/admission.ts";
import type { Listener } from "../listeners/listener.ts";
import type { StreamProtocol } from "../protocols/stream.ts";
import { xmlLimits } from "../protocols/xmpp/xml/reader.ts";
import { readBody } from "./body.ts";
import { BoshSession, terminate, type BoshShared } from "./session.ts";

export interface BoshListenerDeps {
  readonly config: {
    readonly bodyBytesMax: number;
    readonly writeBufferBytesMax: number;
    readonly connectDeadlineMs: number;
    readonly secure: boolean;
  };
  readonly protocol: StreamProtocol;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the web, whose door this is. */
  readonly port: () => number;
}

/** Below the time after which the web's listener takes a request for dead. */
const waitMsMax = 50_000;
const inactivityMs = 60_000;
const tickMs = 1_000;
const sidBytes = 18;

/** XMPP by HTTP requests (BOSH, XEP-0124 and 0206), for clients and networks that know nothing better. */
export class BoshListener implements Listener {
  readonly name = "bosh";
  readonly #deps: BoshListenerDeps;
  readonly #shared: BoshShared;
  readonly #sessions = new Map<string, BoshSession>();
  readonly #wheel: Wheel<BoshSession>;
  #accepting = true;

  constructor(deps: BoshListenerDeps) {
    this.#deps = deps;
    const { config, protocol, clock, admission } = deps;
    this.#wheel = new Wheel(clock, tickMs, (session) => session.due());
    this.#shared = {
      protocol,
      monotonic: () => clock.monotonic(),
      writeBufferBytesMax: config.writeBufferBytesMax,
      connectDeadlineMs: config.connectDeadlineMs,
      waitMsMax,
      inactivityMs,
      ended: (session) => {
        if (this.#sessions.delete(session.sid)) admission.left(session.address);
      },
    };
  }

  get port(): number {
    return this.#deps.port();
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Answers one request; the promise waits as long as the request is held. */
  request(data: Uint8Array, address: string): Promise<string> {
    const { config } = this.#deps;
    const request = readBody(data, { ...xmlLimits, stanzaBytesMax: config.bodyBytesMax });
    if (request === undefined) return Promise.resolve(terminate("bad-request"));
    const sid = request.attrs["sid"];
    const session = sid === undefined ? this.#open(request, address) : this.#sessions.get(sid);
    if (typeof session === "string") return Promise.resolve(terminate(session));
    if (session === undefined) return Promise.resolve(terminate("item-not-found"));
    return new Promise((resolve) => session.take(request, resolve));
  }

  /** A new session, or the condition why there is none. */
  #open(request: NonNullable<ReturnType<typeof readBody>>, address: string): BoshSession | string {
    const { admission, random, config } = this.#deps;
    if (!/^\d{1,15}$/.test(request.attrs["rid"] ?? "")) return "bad-request";
    if (!this.#accepting || !admission.enter(address)) return "internal-server-error";
    const sid = Buffer.from(random.bytes(sidBytes)).toString("base64url");
    const session = new BoshSession(this.#shared, { sid, address, secure: config.secure }, request);
    this.#sessions.set(sid, session);
    this.#wheel.add(session, tickMs);
    return session;
  }

  drain(): void {
    this.#accepting = false;
  }

  closeAll(name: CloseName): void {
    for (const session of this.#sessions.values()) session.close(name);
  }

  stop(): Promise<void> {
    this.#wheel.stop();
    for (const session of this.#sessions.values()) session.terminate();
    return Promise.resolve();
  }
}
