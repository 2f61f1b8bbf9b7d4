import {
  DecodeError,
  type CloseName,
  type Codec,
  type ErrorName,
  type Params,
  type RawFrame,
} from "@godwit/protocol";
import type { Connection } from "../../hub/connection.ts";
import type { Log } from "../../lib/log.ts";
import type { Refusal } from "../../messaging/submission.ts";
import type { Checks, Dispatcher } from "../../session/dispatch.ts";
import type { Greeter } from "../../session/greeter.ts";
import { errorFrame, type Session } from "../../session/session.ts";
import type { Sessions } from "../../session/sessions.ts";

/** A connection of the native protocol, whatever its transport: the listener keeps this state with the socket. */
export interface Peer extends Connection {
  readonly codec: Codec;
  readonly closed: boolean;
  /** True once it was told to close: whatever still comes in is not heard. */
  readonly closing: boolean;
  session: Session | undefined;
  /** Frames that came while the hello was being answered; undefined before and after. */
  waiting: RawFrame[] | undefined;
  /** Refusals since the last command that went well, to tell a flood from a mistake. */
  refusals: number;
  /** Longest silence before the listener closes the connection. */
  silenceMsMax: number;
}

/** Frames that may arrive behind a hello before its answer. */
const waitingMax = 256;
/** Frames before a valid hello, or refused in a row, after which the connection is closed. */
const refusalsMax = 200;

/** Longest that a beat may be late. */
const lateMsMax = 60_000;

/** A failed hello closes the connection with the code of the same meaning, so that a client knows whether to come back. */
const closeOfRefusal: Partial<Record<ErrorName, CloseName>> = {
  token_invalid: "token_invalid",
  token_expired: "token_expired",
  account_disabled: "account_disabled",
  storage_unavailable: "internal",
  storage_full: "internal",
  internal: "internal",
  shutting_down: "draining",
  busy: "overloaded",
};

/** The native protocol: first a hello, then commands in order. Bytes in, commands to the dispatcher; replies and events go out by the codec. */
export class NativeProtocol {
  readonly #greeter: Greeter;
  readonly #sessions: Sessions;
  readonly #dispatcher: Dispatcher;
  readonly #checks: Checks;
  readonly #log: Log;

  constructor(deps: {
    greeter: Greeter;
    sessions: Sessions;
    dispatcher: Dispatcher;
    checks: Checks;
    log: Log;
  }) {
    this.#greeter = deps.greeter;
    this.#sessions = deps.sessions;
    this.#dispatcher = deps.dispatcher;
    this.#checks = deps.checks;
    this.#log = deps.log;
  }

  /** Takes one frame as it came off the wire. */
  receive(peer: Peer, data: string | Uint8Array): void {
    if (peer.closing) return;
    let frame: RawFrame;
    try {
      frame = peer.codec.decodeCommand(data);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      peer.close(error.reason, error.message);
      return;
    }
    if (peer.session !== undefined) this.#command(peer, peer.session, frame);
    else if (peer.waiting === undefined) this.#first(peer, frame);
    else if (peer.waiting.length < waitingMax) peer.waiting.push(frame);
    else peer.close("flooding");
  }

  /** To be called once when the socket is gone. */
  closed(peer: Peer): void {
    if (peer.session === undefined) return;
    if (peer.session.connection === peer) this.#greeter.left(peer.session);
    this.#sessions.detach(peer.session, peer);
    peer.session = undefined;
  }

  #command(peer: Peer, session: Session, frame: RawFrame): void {
    if (frame.type === "hello")
      this.#refuse(peer, frame, {
        error: "bad_request",
        detail: "This connection has said hello.",
      });
    else {
      const ending = this.#dispatcher.dispatch(session, frame);
      if (ending !== undefined) peer.close(ending);
      // A ping may have announced another heartbeat.
      else if (frame.type === "ping")
        peer.silenceMsMax = silenceMsMax(this.#greeter.heartbeatMs(session));
    }
  }

  #first(peer: Peer, frame: RawFrame): void {
    if (frame.type !== "hello") return this.#refuse(peer, frame, { error: "hello_required" });
    const detail = this.#checks.hello(frame);
    if (detail !== undefined) return this.#refuse(peer, frame, { error: "invalid_params", detail });
    peer.waiting = [];
    this.#greet(peer, frame as RawFrame & Params<"hello">).catch((error: unknown) => {
      this.#log.error({ error }, "hello failed");
      peer.close("internal");
    });
  }

  async #greet(peer: Peer, frame: RawFrame & Params<"hello">): Promise<void> {
    const greeted = await this.#greeter.greet(frame, peer);
    if ("error" in greeted) {
      this.#refuse(peer, frame, greeted);
      peer.close(closeOfRefusal[greeted.error] ?? "token_invalid", greeted.detail);
      return;
    }
    const { session, welcome } = greeted;
    peer.session = session;
    if (peer.closed || session.ended) {
      this.closed(peer);
      return;
    }
    // Another connection has taken the session up meanwhile: what was missed is its to hand over.
    if (session.connection !== peer) return;
    peer.silenceMsMax = silenceMsMax(welcome.heartbeatMs);
    peer.reply({ type: "hello", id: frame.id ?? 0, ...welcome });
    const handedOver = this.#greeter.handOver(greeted, peer);
    const waiting = peer.waiting ?? [];
    peer.waiting = undefined;
    for (const command of waiting)
      if (peer.session === session) this.#command(peer, session, command);
    await handedOver;
  }

  #refuse(peer: Peer, frame: RawFrame, refusal: Refusal): void {
    peer.reply(errorFrame(frame.id, refusal));
    if (++peer.refusals > refusalsMax) peer.close("flooding");
  }
}

/** How long a client with this heartbeat may be silent: a beat may be late by as much again, but not by more than a minute. */
export function silenceMsMax(heartbeatMs: number): number {
  return heartbeatMs + Math.min(heartbeatMs, lateMsMax);
}
