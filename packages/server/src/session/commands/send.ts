import { limits, type Params } from "@godwit/protocol";
import type { Log } from "../../lib/log.ts";
import type { Messaging } from "../../messaging/messaging.ts";
import { refusalOf } from "../../messaging/committer.ts";
import type { Refusal, Source } from "../../messaging/submission.ts";
import type { Caller } from "../session.ts";
import { answeredLater, type Commands, type Handler, Refused } from "./command.ts";

/** `send`, the hot command: no promise while its conversation is in memory, and strictly in the caller's order when it is not. */
export function sendCommand(messaging: Messaging, log: Log): Commands<"send"> {
  const handle: Handler<"send"> = (caller, params, request) => {
    if (caller.sendTail === undefined) {
      const place = messaging.peek(params.conversation, caller.user);
      if (place !== undefined) {
        const refusal = messaging.send(caller, params, place, request, caller.connection);
        if (refusal !== undefined) throw new Refused(refusal);
        return answeredLater;
      }
    }
    // Counted while it waits for the lookup too, so that a flood cannot queue without end.
    if (caller.inFlight >= limits.sendsInFlightMax)
      throw new Refused({ error: "busy", retryAfterMs: 100 });
    caller.inFlight++;
    const source = caller.connection;
    const tail = (caller.sendTail ?? Promise.resolve()).then(() =>
      sendAfterLookup(messaging, log, caller, params, request, source),
    );
    caller.sendTail = tail;
    void tail.then(() => {
      if (caller.sendTail === tail) caller.sendTail = undefined;
    });
    return answeredLater;
  };
  return { send: { auth: "user", rate: "send", handle } };
}

/** Never rejects: every end is an outcome that the caller hears of. */
async function sendAfterLookup(
  messaging: Messaging,
  log: Log,
  caller: Caller,
  params: Params<"send">,
  request: number | undefined,
  source: Source | undefined,
): Promise<void> {
  const refusal = await lookUpAndSend(messaging, caller, params, request, source).catch(
    (error: unknown): Refusal => {
      const reason = refusalOf(error);
      if (reason.error === "internal") log.error({ error }, "send failed");
      return reason;
    },
  );
  if (refusal !== undefined) caller.settle(request, params.conversation, refusal, source);
}

async function lookUpAndSend(
  messaging: Messaging,
  caller: Caller,
  params: Params<"send">,
  request: number | undefined,
  source: Source | undefined,
): Promise<Refusal | undefined> {
  const place = await messaging.locateToSend(params.conversation, caller.user);
  if ("error" in place) return place;
  caller.inFlight--;
  const refusal = messaging.send(caller, params, place, request, source);
  if (refusal !== undefined) caller.inFlight++;
  return refusal;
}
