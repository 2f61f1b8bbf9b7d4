import type { CommandName, Params, Result, ServerFrame, WireError } from "@godwit/protocol";
import type { Dispatcher } from "../../../../session/dispatch.ts";
import type { Session } from "../../../../session/session.ts";
import { refusedStanza } from "../errors.ts";

/** How a call ended. */
type Ended = (error: WireError | undefined, result: unknown) => void;

/**
 * The commands that stanzas become, given through the same guards as anybody's. Replies find their way back by the id of the command. Bounded by what the dispatcher
 * lets be in flight.
 */
export class Calls {
  readonly #dispatcher: Dispatcher;
  readonly #session: Session;
  /** Only while there are any: most sessions are idle. */
  #waiting: Map<number, Ended> | undefined;
  #lastId = 0;

  constructor(dispatcher: Dispatcher, session: Session) {
    this.#dispatcher = dispatcher;
    this.#session = session;
  }

  /** Rejects with a StanzaError if the command is refused. Never settles if the connection is lost meanwhile. */
  call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    return new Promise((resolve, reject) => {
      this.give(type, params, (error, result) => {
        if (error === undefined) resolve(result as Result<C>);
        else reject(refusedStanza(error));
      });
    });
  }

  /** The same without a promise. */
  give<C extends CommandName>(type: C, params: Params<C>, ended: Ended): void {
    const id = ++this.#lastId;
    (this.#waiting ??= new Map()).set(id, ended);
    this.#run({ type, id, ...params });
  }

  /** Gives a command whose outcome nobody waits for: a receipt, a typing signal. */
  tell<C extends CommandName>(type: C, params: Params<C>): void {
    this.#run({ type, ...params });
  }

  /** Takes a frame that answers a command; false if it is something else. */
  answered(frame: ServerFrame): boolean {
    if (!("id" in frame) || frame.id === undefined) return frame.type === "error";
    const ended = this.#waiting?.get(frame.id);
    if (this.#waiting?.delete(frame.id) === true && this.#waiting.size === 0)
      this.#waiting = undefined;
    if (frame.type === "error") ended?.(frame, undefined);
    else ended?.(undefined, frame);
    return true;
  }

  /** The connection is gone, and with it every answer. */
  abandon(): void {
    this.#waiting = undefined;
  }

  #run(frame: { type: string; id?: number; [field: string]: unknown }): void {
    const ending = this.#dispatcher.dispatch(this.#session, frame);
    if (ending !== undefined) this.#session.connection?.close(ending);
  }
}
