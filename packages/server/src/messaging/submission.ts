import type { ErrorName } from "@godwit/protocol";
import type { Conv } from "../conversations/conversations.ts";
import type { Receiver } from "../hub/receiver.ts";
import type { Appended, NewMessage } from "../store/port.ts";

/** Why a submission was not accepted or not stored. */
export interface Refusal {
  readonly error: ErrorName;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Where a message is in the log: since now, or since an earlier attempt. */
export type Stored = Extract<Appended, { seq: number }>;

/** How a submission ended: where the message is in the log, or why it is not there. */
export type Outcome = Stored | Refusal;

/** A connection as far as the pipeline is concerned: where back-pressure goes first. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** Who waits for the outcome of a submission; a session, so that the hot path needs neither a closure nor a promise per message. */
export interface Origin {
  /** The session that gets no event for its own message. */
  readonly receiver: Receiver | undefined;
  /**
   * Called once, after the commit and before the message is announced. `request` is the id of the client's command, and `source` the connection it came
   * by: the reply belongs there and nowhere else, because another connection may have given the same id to another command.
   */
  settle(
    request: number | undefined,
    conversation: string,
    outcome: Outcome,
    source: Source | undefined,
  ): void;
}

/** One message on its way through the ring. */
export interface Submission {
  readonly message: NewMessage;
  readonly origin: Origin;
  /** The id of the client's command, for the reply. */
  readonly request: number | undefined;
  /** The connection that it came by, if it came by one. */
  readonly source: Source | undefined;
  /** The conversation as it was admitted; absent while a change creates it. */
  readonly conversation: Conv | undefined;
}

/** A submission whose outcome is a promise, for the paths that are not hot. */
export function awaited(
  message: NewMessage,
  conversation: Conv | undefined,
): { submission: Submission; outcome: Promise<Outcome> } {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const origin: Origin = {
    receiver: undefined,
    settle: (_request, _conversation, outcome) => resolve(outcome),
  };
  const submission = { message, origin, request: undefined, source: undefined, conversation };
  return { submission, outcome: promise };
}
