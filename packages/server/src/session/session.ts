import {
  errors,
  wireError,
  type Codec,
  type ErrorFrame,
  type Platform,
  type Result,
  type ServerFrame,
  type Status,
} from "@godwit/protocol";
import type { Connection } from "../hub/connection.ts";
import type { Outgoing } from "../hub/outgoing.ts";
import { Bucket } from "../lib/bucket.ts";
import type { Sender } from "../messaging/send.ts";
import type { Outcome, Refusal, Source } from "../messaging/submission.ts";
import type { Ref } from "../store/port.ts";
import { EventRing } from "./event-ring.ts";

/** Who gives a command: a session, or a back-end for the time of one HTTP request. */
export interface Caller extends Sender {
  readonly admin: boolean;
  /** Absent for a back-end: commands that need one are refused. */
  readonly session: Session | undefined;
  /** The end of the queue of sends that wait for the store to be asked, so that the order of sends is kept. */
  sendTail: Promise<void> | undefined;
  /** Counts a send as a command: one that cost a look-up, although it was not refused in the end. */
  charge(): void;
}

export interface SessionFields {
  readonly id: string;
  readonly user: string;
  readonly device: string;
  readonly platform: Platform;
  readonly admin: boolean;
  readonly status: Status;
  readonly tokenExpiresAt: number | undefined;
  readonly ringEntriesMax: number;
  /** Told what a connection threw when it was written to. */
  readonly onFault: (error: unknown, session: Session) => void;
}

/**
 * One authenticated device. It outlives its connection: while none is there, or a replay runs, events only enter the ring of what the
 * client has not acknowledged, and are written when they can be.
 *
 * `position` counts the counted events ever handed to this session; the client counts the same when it receives them.
 */
export class Session implements Caller {
  readonly id: string;
  readonly user: string;
  readonly device: string;
  readonly platform: Platform;
  admin: boolean;
  readonly #ringEntriesMax: number;
  readonly #onFault: SessionFields["onFault"];
  #ring: EventRing | undefined;
  status: Status;
  /** Milliseconds since the epoch; undefined for tokens without an end. */
  tokenExpiresAt: number | undefined;
  /** True once the client was told that its token ends soon. */
  tokenWarned = false;
  connection: Connection | undefined;
  /** False while a replay has still to hand over older events: new ones wait in the ring behind them. */
  live = false;
  ended = false;
  /** Monotonic milliseconds of the last loss of the connection. */
  detachedAtMs = 0;
  inFlight = 0;
  sendTail: Promise<void> | undefined;
  /** How often the client said that it is heard; undefined while it goes by what the server said. */
  heartbeatMs: number | undefined;
  /** Commands that are being worked on, sends aside. */
  commandsInFlight = 0;
  /** Commands refused for their rate since the last accepted one. */
  throttled = 0;
  /** Sends that were refused through the sender's own fault, or that cost as much, and have not been counted as commands yet. */
  unpaid = 0;
  #sendBucket: Bucket | undefined;
  #commandBucket: Bucket | undefined;
  #ephemeralBucket: Bucket | undefined;

  constructor(fields: SessionFields) {
    this.id = fields.id;
    this.user = fields.user;
    this.device = fields.device;
    this.platform = fields.platform;
    this.admin = fields.admin;
    this.status = fields.status;
    this.tokenExpiresAt = fields.tokenExpiresAt;
    this.#ringEntriesMax = fields.ringEntriesMax;
    this.#onFault = fields.onFault;
  }

  /** A session is the receiver that gets no event for its own messages. */
  get receiver(): this {
    return this;
  }

  get session(): this {
    return this;
  }

  /** Made on first use: most sessions are idle. */
  get ring(): EventRing {
    return (this.#ring ??= new EventRing(this.#ringEntriesMax));
  }

  get position(): number {
    return this.#ring?.end ?? 0;
  }

  /** References to the messages that the client has not acknowledged, oldest first. */
  unacknowledged(): Ref[] {
    return this.#ring?.refs() ?? [];
  }

  /** True once more was handed over than the ring holds unacknowledged. */
  get overflowed(): boolean {
    return this.#ring?.overflowed ?? false;
  }

  /** Forgets what the client has received. */
  acknowledge(position: number): void {
    this.#ring?.acknowledge(position);
  }

  /** Goes on with another token of the same user. */
  renew(token: { readonly admin: boolean; readonly expiresAt?: number | undefined }): void {
    this.admin = token.admin;
    this.tokenExpiresAt = token.expiresAt;
    this.tokenWarned = false;
  }

  get shown(): "online" | "away" | undefined {
    return this.connection === undefined || this.status === "invisible" ? undefined : this.status;
  }

  /** Made on first use, full: most sessions are idle. */
  get sendBucket(): Bucket {
    return (this.#sendBucket ??= new Bucket(Number.POSITIVE_INFINITY, 0));
  }

  get commandBucket(): Bucket {
    return (this.#commandBucket ??= new Bucket(Number.POSITIVE_INFINITY, 0));
  }

  get ephemeralBucket(): Bucket {
    return (this.#ephemeralBucket ??= new Bucket(Number.POSITIVE_INFINITY, 0));
  }

  deliver(conversation: string, seq: number, outgoing: Outgoing): void {
    this.ring.push(conversation, seq);
    if (this.live) this.#write(outgoing);
  }

  notify(outgoing: Outgoing): void {
    this.ring.push(outgoing, 0);
    if (this.live) this.#write(outgoing);
  }

  ephemeral(outgoing: Outgoing): boolean {
    const { connection, live } = this;
    if (connection === undefined) return true;
    if (!live || connection.congested) return false;
    this.#write(outgoing);
    return true;
  }

  reply(frame: ServerFrame): void {
    try {
      this.connection?.reply(frame);
    } catch (error) {
      this.#failed(error);
    }
  }

  #write(outgoing: Outgoing): void {
    try {
      this.connection?.write(outgoing);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A connection that throws is closed. What it threw is no business of whoever is in the middle of handing something to many. */
  #failed(error: unknown): void {
    const { connection } = this;
    this.live = false;
    this.#onFault(error, this);
    // In a turn of its own, because the end of a connection leads back to where the events come from.
    queueMicrotask(() => {
      try {
        connection?.close("internal");
      } catch (thrown) {
        this.#onFault(thrown, this);
      }
    });
  }

  settle(
    request: number | undefined,
    conversation: string,
    outcome: Outcome,
    source: Source | undefined,
  ): void {
    this.inFlight--;
    if ("error" in outcome && isSendersFault(outcome)) this.unpaid++;
    if (source !== this.connection) return;
    if ("error" in outcome) this.refuse(request, outcome);
    else if (request !== undefined)
      this.#write(new Acknowledgement(request, conversation, outcome));
  }

  charge(): void {
    this.unpaid++;
  }

  /** Replies with an error; without a request id too, so that a failure is never silent. */
  refuse(request: number | undefined, refusal: Refusal): void {
    this.reply(errorFrame(request, refusal));
  }
}

/** Whether a refusal is the sender's doing, and not the server's, who was busy or out of order. */
export function isSendersFault({ error }: Refusal): boolean {
  return errors[error].code < errors.rate_limited.code;
}

/** The reply to a send. In the JSON codec it is put together by hand: no part of it needs escaping, and there is one for every message. */
class Acknowledgement implements Outgoing {
  readonly #request: number;
  readonly #conversation: string;
  readonly #stored: Exclude<Outcome, Refusal>;

  constructor(request: number, conversation: string, stored: Exclude<Outcome, Refusal>) {
    this.#request = request;
    this.#conversation = conversation;
    this.#stored = stored;
  }

  get frame(): ServerFrame {
    const { seq, id: messageId, time, status } = this.#stored;
    const conversation = this.#conversation;
    const frame = { type: "send", id: this.#request, conversation, seq, messageId, time } as const;
    return status === "duplicate" ? { ...frame, duplicate: true } : frame;
  }

  encode(codec: Codec): string | Uint8Array {
    const { seq, id, time, status } = this.#stored;
    if (codec.name !== "json") return codec.encodeServer(this.frame);
    const head = `{"type":"send","id":${this.#request},"conversation":"${this.#conversation}"`;
    return `${head},"seq":${seq},"messageId":${id},"time":${time}${status === "duplicate" ? ',"duplicate":true' : ""}}`;
  }
}

/** The result of a send. */
export function acknowledgement(
  conversation: string,
  stored: Exclude<Outcome, Refusal>,
): Result<"send"> {
  const { seq, id: messageId, time } = stored;
  const result = { conversation, seq, messageId, time };
  return stored.status === "duplicate" ? { ...result, duplicate: true } : result;
}

export function errorFrame(request: number | undefined, refusal: Refusal): ErrorFrame {
  const error = wireError(refusal.error, refusal.detail, refusal.retryAfterMs);
  return request === undefined
    ? { type: "error", ...error }
    : { type: "error", id: request, ...error };
}
