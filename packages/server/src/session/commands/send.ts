import { limits, type Params } from "@godwit/protocol";
import type { Log } from "../../lib/log.ts";
import { refusalOf } from "../../messaging/committer.ts";
import type { Messaging } from "../../messaging/messaging.ts";
import { isForNow } from "../../messaging/send.ts";
import type { Outcome, Refusal, Source } from "../../messaging/submission.ts";
import type { Caller } from "../session.ts";
import { answeredLater, type Commands, type Handler, Refused } from "./command.ts";

/** A send that waits for the store, with the connection that it came by. */
interface WaitingSend {
  readonly caller: Caller;
  readonly params: Params<"send">;
  readonly request: number | undefined;
  readonly source: Source | undefined;
  /** Why it was refused; absent while its conversation must be looked up to tell. */
  readonly refusal: Refusal | undefined;
}

/**
 * `send`, the hot command: no promise while its conversation is in memory and it is accepted, and strictly in the caller's order when it waits for the
 * store: for its conversation, or, once refused, for whether it is the retry of a message that was stored.
 */
export function sendCommand(messaging: Messaging, log: Log): Commands<"send"> {
  const handle: Handler<"send"> = (caller, params, request) => {
    const source = caller.connection;
    let refusal: Refusal | undefined;
    if (caller.sendTail === undefined) {
      const place = messaging.peek(params.conversation, caller.user);
      if (place !== undefined) {
        refusal = messaging.send(caller, params, place, request, source);
        if (refusal === undefined) return answeredLater;
        if (isForNow(refusal)) throw new Refused(refusal);
      }
    }
    // Counted while it waits for the store too, so that a flood cannot queue without end.
    if (caller.inFlight >= limits.sendsInFlightMax)
      throw new Refused({ error: "busy", retryAfterMs: 100 });
    caller.inFlight++;
    const waiting = { caller, params, request, source, refusal };
    const tail = (caller.sendTail ?? Promise.resolve()).then(() => finish(messaging, log, waiting));
    caller.sendTail = tail;
    void tail.then(() => {
      if (caller.sendTail === tail) caller.sendTail = undefined;
    });
    return answeredLater;
  };
  return { send: { auth: "user", rate: "send", handle } };
}

/** Never rejects: every end is an outcome that the caller hears of. */
async function finish(messaging: Messaging, log: Log, waiting: WaitingSend): Promise<void> {
  const { caller, params, request, source } = waiting;
  const outcome = await lookUpAndSend(messaging, waiting).catch((error: unknown): Refusal => {
    const reason = refusalOf(error);
    if (reason.error === "internal") log.error({ error }, "send failed");
    return reason;
  });
  if (outcome !== undefined) caller.settle(request, params.conversation, outcome, source);
}

/** Undefined once the send is accepted: its outcome reaches the caller by itself. */
async function lookUpAndSend(
  messaging: Messaging,
  waiting: WaitingSend,
): Promise<Outcome | undefined> {
  const { caller, params } = waiting;
  const refusal = waiting.refusal ?? (await locateAndSend(messaging, waiting));
  if (refusal === undefined) return undefined;
  const outcome = await messaging.reconsider(caller, params, refusal);
  // A refusal counts as a command. The look-up must not be a way around that for whoever sends the same message again and again.
  if (!("error" in outcome)) caller.charge();
  return outcome;
}

async function locateAndSend(
  messaging: Messaging,
  { caller, params, request, source }: WaitingSend,
): Promise<Refusal | undefined> {
  const place = await messaging.locateToSend(params.conversation, caller.user);
  if ("error" in place) return place;
  // Counted once: by the pipeline if it accepts, otherwise here until the caller is told.
  caller.inFlight--;
  const refusal = messaging.send(caller, params, place, request, source);
  if (refusal !== undefined) caller.inFlight++;
  return refusal;
}
