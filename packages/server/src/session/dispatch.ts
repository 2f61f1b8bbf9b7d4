import { wireError, type CommandName, type WireError } from "@godwit/protocol";
import type { Bucket } from "../lib/bucket.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { refusalOf } from "../messaging/committer.ts";
import type { Refusal } from "../messaging/submission.ts";
import {
  answeredLater,
  Refused,
  type Command,
  type CommandTable,
  type SessionCommand,
} from "./commands/command.ts";
import { isSendersFault, type Caller, type Session } from "./session.ts";

/** Checks the parameters of a frame: undefined if they fit, otherwise which field does not and why. */
export type Check = (frame: Readonly<Record<string, unknown>>) => string | undefined;
export type Checks = { readonly [C in CommandName]: Check };

export interface DispatchLimits {
  readonly commandsPerSecondMax: number;
  readonly commandsBurst: number;
  readonly typingPerSecondMax: number;
}

/** What its commands have cost: of a session, or of one user's calls over HTTP together. */
export interface Account {
  readonly commandBucket: Bucket;
  readonly ephemeralBucket: Bucket;
  /** Commands that are worked on now, sends aside. */
  commandsInFlight: number;
  /** Sends that were refused by the sender's fault and have not been counted as commands yet. */
  unpaid: number;
}

/** Not an answer at all: the command is passed over in silence, unless a reply is wanted. */
const dropped: Refusal = { error: "rate_limited" };

export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: WireError };

/** Commands of one session, or of one user over HTTP, that are worked on at a time, sends aside; more are refused with `busy`. */
const commandsInFlightMax = 64;
const tooManyInFlight: Refusal = { error: "busy", retryAfterMs: 200 };
/** A token that ends within this time is announced, once. */
const tokenWarningMs = 60_000;
/** Commands refused for their rate, in a row, after which the connection is closed. */
const throttledMax = 1_000;

/** Why a session's connection must be closed. */
export type Ending = "token_expired" | "flooding";

/** Runs commands through their guards: known, allowed to this caller, within the rate, well-formed. Then the handler, and the reply. */
export class Dispatcher {
  readonly #table: CommandTable;
  readonly #checks: Checks;
  readonly #limits: DispatchLimits;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(deps: {
    table: CommandTable;
    checks: Checks;
    limits: DispatchLimits;
    clock: Clock;
    log: Log;
  }) {
    this.#table = deps.table;
    this.#checks = deps.checks;
    this.#limits = deps.limits;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /**
   * Runs one command frame of a session; its answer goes to the connection that the session has now, or nowhere once that is gone. Returns why the
   * connection must be closed, if it must.
   */
  dispatch(
    session: Session,
    frame: { type: string; id?: number; [field: string]: unknown },
  ): Ending | undefined {
    if (
      session.tokenExpiresAt !== undefined &&
      !this.#tokenHolds(session, session.tokenExpiresAt, frame.type)
    ) {
      session.refuse(frame.id, { error: "token_expired" });
      return "token_expired";
    }
    const refusal = this.#guard(session, session, frame) ?? this.#run(session, frame, frame.id);
    if (refusal === undefined) session.throttled = 0;
    else if (refusal !== dropped || frame.id !== undefined) {
      if (frame.type === "send" && isSendersFault(refusal)) session.unpaid++;
      session.refuse(frame.id, refusal);
      if (refusal.error === "rate_limited" && ++session.throttled > throttledMax) return "flooding";
    }
    return undefined;
  }

  /** Runs one command for a back-end, through the same guards. */
  async execute(
    caller: Caller,
    account: Account,
    outcome: Promise<Answer>,
    frame: { type: string; [field: string]: unknown },
  ): Promise<Answer> {
    const refused = (refusal: Refusal): Answer => {
      if (frame.type === "send" && isSendersFault(refusal)) account.unpaid++;
      return { ok: false, error: toWire(refusal) };
    };
    const refusal = this.#guard(caller, account, frame);
    if (refusal !== undefined) return refused(refusal);
    if (account.commandsInFlight >= commandsInFlightMax) return refused(tooManyInFlight);
    account.commandsInFlight++;
    let inFlight = true;
    const done = () => {
      if (inFlight) account.commandsInFlight--;
      inFlight = false;
    };
    try {
      const command = this.#find(frame.type) as Command<never>;
      const result = await command.handle(caller, frame as never, 0);
      if (result !== answeredLater) return { ok: true, result };
      done();
      return await outcome;
    } catch (error) {
      return refused(this.#refusal(error, frame.type));
    } finally {
      done();
    }
  }

  /** The guards of every command; `dropped` for an ephemeral one that comes too often. */
  #guard(
    caller: Caller,
    account: Account,
    frame: { type: string; [field: string]: unknown },
  ): Refusal | undefined {
    const command = this.#find(frame.type);
    // Sends have a limit of their own where they are accepted; those that are refused before count as commands, each with the next one.
    const rate = command?.rate ?? "command";
    if (rate !== "send" || account.unpaid > 0) {
      const retryAfterMs = this.#limit(account, rate === "send" ? "command" : rate);
      if (retryAfterMs > 0)
        return rate === "ephemeral" ? dropped : { error: "rate_limited", retryAfterMs };
      if (rate === "send") account.unpaid--;
    }
    if (command === undefined)
      return {
        error: "unknown_command",
        detail: `There is no command ${frame.type.slice(0, 40)}.`,
      };
    return this.#allowed(caller, command, frame);
  }

  #find(name: string): Command<never> | undefined {
    return Object.hasOwn(this.#table, name) ? this.#table[name as SessionCommand] : undefined;
  }

  #allowed(
    caller: Caller,
    command: Command<never>,
    frame: { type: string; [field: string]: unknown },
  ): Refusal | undefined {
    if (command.auth === "session" && caller.session === undefined)
      return { error: "forbidden", detail: "This command needs a session." };
    if (command.auth === "admin" && !caller.admin)
      return { error: "forbidden", detail: "Only administrators may." };
    const detail = this.#checks[frame.type as SessionCommand](frame);
    return detail === undefined ? undefined : { error: "invalid_params", detail };
  }

  #limit(account: Account, rate: "command" | "ephemeral"): number {
    const { commandsPerSecondMax, commandsBurst, typingPerSecondMax } = this.#limits;
    const nowMs = this.#clock.monotonic();
    return rate === "command"
      ? account.commandBucket.take(commandsPerSecondMax, commandsBurst, nowMs)
      : account.ephemeralBucket.take(typingPerSecondMax, typingPerSecondMax * 2, nowMs);
  }

  #run(
    session: Session,
    frame: { type: string },
    request: number | undefined,
  ): Refusal | undefined {
    if (session.commandsInFlight >= commandsInFlightMax) return tooManyInFlight;
    let result: unknown;
    try {
      result = (this.#find(frame.type) as Command<never>).handle(session, frame as never, request);
    } catch (error) {
      return this.#refusal(error, frame.type);
    }
    if (result instanceof Promise) void this.#follow(session, frame.type, request, result);
    else if (result !== answeredLater) this.#answer(session, frame.type, request, result);
    return undefined;
  }

  async #follow(
    session: Session,
    type: string,
    request: number | undefined,
    result: Promise<unknown>,
  ): Promise<void> {
    const { connection } = session;
    session.commandsInFlight++;
    try {
      const outcome = await result;
      // On another connection the same id may be another command's.
      if (session.connection === connection) this.#answer(session, type, request, outcome);
    } catch (error) {
      const refusal = this.#refusal(error, type);
      if (session.connection === connection) session.refuse(request, refusal);
    } finally {
      session.commandsInFlight--;
    }
  }

  #answer(session: Session, type: string, request: number | undefined, result: unknown): void {
    if (request !== undefined) session.reply({ type, id: request, ...(result as object) } as never);
  }

  #refusal(error: unknown, command: string): Refusal {
    if (error instanceof Refused) return error.refusal;
    const refusal = refusalOf(error);
    if (refusal.error === "internal") this.#log.error({ error, command }, "command failed");
    return refusal;
  }

  #tokenHolds(session: Session, expiresAt: number, type: string): boolean {
    const leftMs = expiresAt - this.#clock.now();
    if (leftMs <= 0 && type !== "refresh") return false;
    if (leftMs < tokenWarningMs && !session.tokenWarned) {
      session.tokenWarned = true;
      session.reply({ type: "token_expiring", expiresAt });
    }
    return true;
  }
}

export function toWire(refusal: Refusal): WireError {
  return wireError(refusal.error, refusal.detail, refusal.retryAfterMs);
}
