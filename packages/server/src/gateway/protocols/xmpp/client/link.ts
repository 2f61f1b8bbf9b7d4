import type { CloseName } from "@godwit/protocol";
import type { StreamCondition } from "../xml/fault.ts";

/** A client's stream as what serves it sees it. */
export interface Link {
  /** The default namespace where a stanza is written. */
  readonly inherited: string;
  /** Queues one whole element. */
  say(text: string): void;
  /** Ends the stream with what a close code means in XMPP. */
  close(name: CloseName, detail?: string): void;
  /** Ends the stream with an error of RFC 6120. */
  fail(condition: StreamCondition, detail: string): void;
  /** Stops and restarts reading, beside whoever else does. */
  hold(held: boolean): void;
}
