import type { CloseName, CommandName } from "@godwit/protocol";
import { Lru } from "../lib/lru.ts";
import { Bucket } from "../lib/bucket.ts";
import type { Outcome } from "../messaging/submission.ts";
import { toWire, type Answer, type Dispatcher } from "./dispatch.ts";
import type { Sessions } from "./sessions.ts";
import { acknowledgement, type Caller } from "./session.ts";

export interface BackendPrincipal {
  readonly user: string;
  readonly device?: string | undefined;
  readonly admin: boolean;
}

/** The device that a back-end's messages carry when its token names none. */
const backendDevice = "http";

/** A back-end that gives one command over HTTP; its `answer` resolves with the outcome of a send. */
export class BackendCaller implements Caller {
  readonly user: string;
  readonly device: string;
  readonly admin: boolean;
  readonly session = undefined;
  readonly receiver = undefined;
  readonly connection = undefined;
  readonly sendBucket: Bucket;
  readonly answer: Promise<Answer>;
  readonly #resolve: (answer: Answer) => void;
  inFlight = 0;
  sendTail: Promise<void> | undefined;

  /** `sendBucket` is shared by all calls of one user, so that HTTP is no way around the rate limit. */
  constructor(principal: BackendPrincipal, sendBucket: Bucket) {
    this.user = principal.user;
    this.device = principal.device ?? backendDevice;
    this.admin = principal.admin;
    this.sendBucket = sendBucket;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  settle(_request: number | undefined, conversation: string, outcome: Outcome): void {
    this.#resolve(
      "error" in outcome
        ? { ok: false, error: toWire(outcome) }
        : { ok: true, result: acknowledgement(conversation, outcome) },
    );
  }
}

/** Users whose send rate over HTTP is remembered. */
const bucketsMax = 10_000;

/** Runs native commands for back-ends, with the same guards as for sessions. */
export class Backend {
  readonly #dispatcher: Dispatcher;
  readonly #sessions: Sessions;
  readonly #buckets = new Lru<Bucket>(bucketsMax);

  constructor(deps: { dispatcher: Dispatcher; sessions: Sessions }) {
    this.#dispatcher = deps.dispatcher;
    this.#sessions = deps.sessions;
  }

  execute(
    principal: BackendPrincipal,
    command: CommandName,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Answer> {
    let bucket = this.#buckets.get(principal.user);
    if (bucket === undefined) {
      bucket = new Bucket(Number.POSITIVE_INFINITY, 0);
      this.#buckets.set(principal.user, bucket);
    }
    const caller = new BackendCaller(principal, bucket);
    return this.#dispatcher.execute(caller, caller.answer, { ...params, type: command });
  }

  /** Ends live sessions of a user (of one device, or all) and says how many. */
  endSessions(
    user: string,
    end: {
      readonly close: CloseName;
      readonly reason?: string | undefined;
      readonly device?: string | undefined;
    },
  ): Promise<number> {
    return Promise.resolve(
      this.#sessions.endAll(user, end.close, { device: end.device, detail: end.reason }),
    );
  }
}
