import type { Passing } from "./passing.ts";
import type { Route } from "./route.ts";

/** Something that waits for room in the client's window. */
export interface Waiting {
  readonly passing: Passing;
  /** Of the event in the session; -1: no event. */
  readonly position: number;
  /** Given where it does not follow from the subscriptions of now. */
  readonly route: Route | undefined;
  readonly retain: boolean;
  /** Whether the session is behind until the client has it. */
  readonly isMissed: boolean;
}

/** What waits for one client, in order. */
export class Backlog {
  readonly #waiting: Waiting[] = [];
  #extraBytes = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** Nearly, of what is no event: the session does not keep it, so it is all here. */
  get extraBytes(): number {
    return this.#extraBytes;
  }

  get hasExtras(): boolean {
    return this.#extraBytes > 0;
  }

  /** Of the oldest event. */
  get position(): number | undefined {
    return this.#waiting.find(({ position }) => position >= 0)?.position;
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#extraBytes += extraBytesOf(waiting);
  }

  /** Takes out, from the oldest on, what `out` takes, and says how many; past the events if those are held back. */
  send(out: (waiting: Waiting) => boolean, areEventsHeld: boolean): number {
    if (areEventsHeld) return this.#sendExtras(out);
    const waiting = this.#waiting;
    let sent = 0;
    while (sent < waiting.length && out(waiting[sent] as Waiting)) sent++;
    for (const each of waiting.splice(0, sent)) this.#extraBytes -= extraBytesOf(each);
    return sent;
  }

  #sendExtras(out: (waiting: Waiting) => boolean): number {
    const waiting = this.#waiting;
    let sent = 0;
    for (let at = 0; at < waiting.length && this.hasExtras;) {
      const each = waiting[at] as Waiting;
      if (each.position >= 0) at++;
      else if (out(each)) {
        waiting.splice(at, 1);
        this.#extraBytes -= extraBytesOf(each);
        sent++;
      } else break;
    }
    return sent;
  }
}

function extraBytesOf({ position, passing }: Waiting): number {
  return position >= 0 ? 0 : 256 + JSON.stringify(passing.message.content).length;
}
