import type { CommandFrame, CommandName, Params, Result, ServerFrame } from "@godwit/protocol";
import { CommandRefused, commandIdsFrom, type Link } from "./link.ts";

interface Reply {
  readonly resolve: (frame: never) => void;
  readonly reject: (error: Error) => void;
}

/** Commands of one connection that wait for their replies; made for the first one, because many clients give none for long. */
export class Commands {
  readonly #link: Link;
  readonly #replies = new Map<number, Reply>();
  #nextId = commandIdsFrom;

  constructor(link: Link) {
    this.#link = link;
  }

  give<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, { resolve, reject });
      this.#link.dispatch({ type, id, ...params } as CommandFrame);
    });
  }

  answered(frame: ServerFrame & { readonly id: number }): void {
    const reply = this.#replies.get(frame.id);
    this.#replies.delete(frame.id);
    if (frame.type === "error") reply?.reject(new CommandRefused(frame));
    else reply?.resolve(frame as never);
  }

  /** The connection has ended. */
  gone(): void {
    for (const { reject } of this.#replies.values()) reject(gone());
    this.#replies.clear();
  }
}

/** What a command gets that is given to a connection past its end. */
export function gone(): CommandRefused {
  return new CommandRefused({
    type: "error",
    code: 5003,
    name: "shutting_down",
    message: "The connection has ended.",
    retryable: true,
  });
}
