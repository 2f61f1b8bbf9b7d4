import type { CommandName, Params, Result, ServerFrame, WireError } from "@godwit/protocol";
import type { Dispatcher } from "../../../../session/dispatch.ts";
import type { Session } from "../../../../session/session.ts";
import { refusedStanza } from "../errors.ts";

/** How a call ended. */
type Ended = (error: WireError | undefined, result: unknown) => void;

/** Gives a command for a session; without an id nobody waits for its outcome. */
export function give(
  dispatcher: Dispatcher,
  session: Session,
  frame: { type: string; id?: number; [field: string]: unknown },
): void {
  const ending = dispatcher.dispatch(session, frame);
  if (ending !== undefined) session.connection?.close(ending);
}

/**
 * The commands that stanzas become, given through the same guards as anybody's. Replies find their way back by the id of the command. Bounded by what the dispatcher
 * lets be in flight.
 */
export class Calls {
  readonly #dispatcher: Dispatcher;
  readonly #session: Session;
  readonly #waiting = new Map<number, Ended>();
  #lastId = 0;

  constructor(dispatcher: Dispatcher, session: Session) {
    this.#dispatcher = dispatcher;
    this.#session = session;
  }

  /** No answer is waited for. */
  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Rejects with a StanzaError if the command is refused. Never settles if the connection is lost meanwhile. */
  call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, (error, result) => {
        if (error === undefined) resolve(result as Result<C>);
        else reject(refusedStanza(error));
      });
      give(this.#dispatcher, this.#session, { type, id, ...params });
    });
  }

  /** Takes the answer to the command with this id. */
  answered(id: number, frame: ServerFrame): void {
    const ended = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (frame.type === "error") ended?.(frame, undefined);
    else ended?.(undefined, frame);
  }
}
