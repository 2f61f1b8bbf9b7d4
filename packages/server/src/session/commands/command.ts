import type { CommandName, Params, Result } from "@godwit/protocol";
import type { Refusal } from "../../messaging/submission.ts";
import type { Caller } from "../session.ts";

/** Thrown by a handler: the command is answered with this error. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail ?? refusal.error);
    this.refusal = refusal;
  }
}

/** Returned by a handler whose answer goes another way: the outcome of a send reaches the caller's `settle`. */
export const answeredLater = Symbol("answered later");

export type Handler<C extends CommandName> = (
  caller: Caller,
  params: Params<C>,
  request: number | undefined,
) => Result<C> | Promise<Result<C>> | typeof answeredLater;

/** One row of the command table. The guards run once, before the handler, in `dispatch.ts`. */
export interface Command<C extends CommandName> {
  /** `session`: only over a connection with a session. `admin`: only administrators. */
  readonly auth: "user" | "session" | "admin";
  /** Which rate limit counts it: sends have their own inside the pipeline, ephemeral ones are dropped instead of refused. */
  readonly rate: "send" | "command" | "ephemeral";
  readonly handle: Handler<C>;
}

/** `hello` is not here: it makes the session that every other command needs. */
export type SessionCommand = Exclude<CommandName, "hello">;
export type CommandTable = { readonly [C in SessionCommand]: Command<C> };
export type Commands<C extends SessionCommand> = Pick<CommandTable, C>;

/** Unwraps a value that may be a refusal. */
export function granted<T extends object>(value: T | Refusal): T {
  if ("error" in value) throw new Refused(value);
  return value;
}
