import type { Params } from "@godwit/protocol";
import type { Bucket } from "../../../lib/bucket.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import type { Random } from "../../../lib/random.ts";
import { Wheel } from "../../../lib/wheel.ts";
import type { Outcome } from "../../../messaging/submission.ts";
import { toWire, type Answer, type Dispatcher } from "../../../session/dispatch.ts";
import { acknowledgement, type Caller, type Session } from "../../../session/session.ts";
import { messageOf } from "./will.ts";
import type { Will } from "./wire/packets.ts";

/** How often a will is tried, and how many may be tried again at a time: of more, those that are refused for now are lost. */
const triesMax = 30;
const refusedMax = 10_000;
const retryMs = 1_000;

/** A will on its way. */
interface Telling {
  readonly own: Session;
  readonly frame: Params<"send"> & { readonly type: "send" };
  tries: number;
}

interface Deps {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Publishes wills (MQTT 5.0 section 3.1.2.5), again if the server is busy or the client has just sent as much as it may: it cannot be told to try again. */
export class Wills {
  readonly #deps: Deps;
  readonly #refused: Wheel<Telling>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#refused = new Wheel(deps.clock, 250, (telling) => {
      this.#try(telling);
      return 0;
    });
  }

  /** As a message of the user whose session this is or was. One that says that its user is gone has nothing to publish: the end of the session says so. */
  tell(own: Session, will: Will): void {
    const { clock, random } = this.#deps;
    const message = messageOf(will, own.user, clock.now());
    if (message === undefined) return;
    const frame = { type: "send", clientId: random.uuid(), clientSeq: 1, ...message } as const;
    this.#try({ own, frame, tries: 0 });
  }

  /** No timer runs any more. */
  stop(): void {
    this.#refused.stop();
  }

  #try(telling: Telling): void {
    const { dispatcher, clock, log } = this.#deps;
    const { own, frame } = telling;
    // As for everything that is sent with it.
    if (own.tokenExpiresAt !== undefined && own.tokenExpiresAt <= clock.now()) return;
    const caller = new Testator(own);
    dispatcher.execute(caller, own, caller.answer, frame).then(
      (answer) => this.#answered(telling, answer),
      (error: unknown) => log.error({ error }, "MQTT will failed"),
    );
  }

  #answered(telling: Telling, answer: Answer): void {
    if (answer.ok) return;
    const { name, retryable, retryAfterMs = retryMs } = answer.error;
    if (retryable && ++telling.tries < triesMax && this.#refused.size < refusedMax)
      this.#refused.add(telling, retryAfterMs);
    else this.#deps.log.debug({ user: telling.own.user, error: name }, "MQTT will refused");
  }
}

/** Whoever has left a will: the session, although it has no connection that an answer could go to and may have ended. */
class Testator implements Caller {
  readonly session = undefined;
  readonly connection = undefined;
  readonly answer: Promise<Answer>;
  readonly #own: Session;
  readonly #resolve: (answer: Answer) => void;

  constructor(own: Session) {
    this.#own = own;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  get user(): string {
    return this.#own.user;
  }

  get device(): string {
    return this.#own.device;
  }

  get admin(): boolean {
    return this.#own.admin;
  }

  get receiver(): Session {
    return this.#own;
  }

  get sendBucket(): Bucket {
    return this.#own.sendBucket;
  }

  get inFlight(): number {
    return this.#own.inFlight;
  }

  set inFlight(count: number) {
    this.#own.inFlight = count;
  }

  /** Behind what the client has sent before. */
  get sendTail(): Promise<void> | undefined {
    return this.#own.sendTail;
  }

  set sendTail(tail: Promise<void> | undefined) {
    this.#own.sendTail = tail;
  }

  charge(): void {
    this.#own.charge();
  }

  settle(_request: number | undefined, conversation: string, outcome: Outcome): void {
    this.#own.inFlight--;
    this.#resolve(
      "error" in outcome
        ? { ok: false, error: toWire(outcome) }
        : { ok: true, result: acknowledgement(conversation, outcome) },
    );
  }
}
