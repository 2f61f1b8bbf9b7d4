import type { CloseName, CommandName } from "@godwit/protocol";
import { Lru } from "../lib/lru.ts";
import { Bucket } from "../lib/bucket.ts";
import type { Outcome } from "../messaging/submission.ts";
import { toWire, type Account, type Answer, type Dispatcher } from "./dispatch.ts";
import type { Sessions } from "./sessions.ts";
import { acknowledgement, isSendersFault, type Caller } from "./session.ts";

export interface BackendPrincipal {
  readonly user: string;
  readonly device?: string | undefined;
  readonly admin: boolean;
}

/** The device that a back-end's messages carry when its token names none. */
const backendDevice = "http";

/** What the calls of one user over HTTP share, so that they are no way around the limits of a session. */
class SharedAccount implements Account {
  readonly sendBucket = new Bucket(Number.POSITIVE_INFINITY, 0);
  readonly commandBucket = new Bucket(Number.POSITIVE_INFINITY, 0);
  readonly ephemeralBucket = new Bucket(Number.POSITIVE_INFINITY, 0);
  commandsInFlight = 0;
  unpaid = 0;
}

/** A back-end that gives one command over HTTP; its `answer` resolves with the outcome of a send. */
export class BackendCaller implements Caller {
  readonly user: string;
  readonly device: string;
  readonly admin: boolean;
  readonly session = undefined;
  readonly receiver = undefined;
  readonly connection = undefined;
  readonly account: SharedAccount;
  readonly answer: Promise<Answer>;
  readonly #resolve: (answer: Answer) => void;
  inFlight = 0;
  sendTail: Promise<void> | undefined;

  constructor(principal: BackendPrincipal, account: SharedAccount) {
    this.user = principal.user;
    this.device = principal.device ?? backendDevice;
    this.admin = principal.admin;
    this.account = account;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  get sendBucket(): Bucket {
    return this.account.sendBucket;
  }

  charge(): void {
    this.account.unpaid++;
  }

  settle(_request: number | undefined, conversation: string, outcome: Outcome): void {
    if ("error" in outcome && isSendersFault(outcome)) this.account.unpaid++;
    this.#resolve(
      "error" in outcome
        ? { ok: false, error: toWire(outcome) }
        : { ok: true, result: acknowledgement(conversation, outcome) },
    );
  }
}

/** No user id has a colon. */
const visitor: BackendPrincipal = { user: "visitor:", admin: false };

/** Users whose rates over HTTP are remembered. */
const accountsMax = 10_000;

/** Runs native commands for back-ends, with the same guards as for sessions. */
export class Backend {
  readonly #dispatcher: Dispatcher;
  readonly #sessions: Sessions;
  readonly #accounts = new Lru<SharedAccount>(accountsMax);

  constructor(deps: { dispatcher: Dispatcher; sessions: Sessions }) {
    this.#dispatcher = deps.dispatcher;
    this.#sessions = deps.sessions;
  }

  execute(
    principal: BackendPrincipal,
    command: CommandName,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Answer> {
    let account = this.#accounts.get(principal.user);
    if (account === undefined) {
      account = new SharedAccount();
      this.#accounts.set(principal.user, account);
    }
    return this.#run(principal, account, command, params);
  }

  /** For somebody without an account, whose address was limited already. Nothing is remembered of them: addresses are many, and must not displace users. */
  visit(command: CommandName, params: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#run(visitor, new SharedAccount(), command, params);
  }

  #run(
    principal: BackendPrincipal,
    account: SharedAccount,
    command: CommandName,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Answer> {
    const caller = new BackendCaller(principal, account);
    const frame = { ...params, type: command };
    return this.#dispatcher.execute(caller, account, caller.answer, frame);
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
