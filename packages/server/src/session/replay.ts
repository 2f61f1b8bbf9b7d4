import { toWire } from "../conversations/wire.ts";
import { Broadcast, type Outgoing } from "../hub/outgoing.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { MessageStore, Ref } from "../store/port.ts";
import type { Remembered } from "./event-ring.ts";
import type { Session } from "./session.ts";

const chunkEntries = 100;
/** Content that is written before the socket is asked whether it has taken it; a message more than this at most. */
const unsentBytesMax = 64 * 1_024;

export interface ReplayDeps {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Hands a session over what is in its ring after `position`, then makes it live. New events enter the ring meanwhile, so order is kept: the last
 * look at the ring and the switch to live happen in one turn. Waits for slow sockets instead of buffering for them.
 *
 * Resolves to false if the store did not give what the ring refers to: the session cannot go on then, and its client has to synchronise.
 */
export async function replay(
  session: Session,
  position: number,
  deps: ReplayDeps,
): Promise<boolean> {
  const connection = session.connection;
  let at = position;
  // A replay belongs to one connection: when another takes the session over, that one has its own.
  while (connection !== undefined && session.connection === connection) {
    if (at === session.position) {
      session.live = true;
      return true;
    }
    if (at < session.ring.start) {
      at = session.ring.start;
      connection.reply({
        type: "sync_required",
        reason: "More events were missed than are kept.",
        position: at,
      });
    }
    const chunk = session.ring.read(at, chunkEntries);
    const events = await load(chunk, deps);
    if (events === undefined) return session.connection !== connection;
    let unsentBytes = 0;
    for (const { event, bytes } of events) {
      if (session.connection !== connection) return true;
      connection.write(event);
      at++;
      unsentBytes += bytes;
      if (unsentBytes < unsentBytesMax) continue;
      await connection.drained();
      unsentBytes = 0;
    }
    await connection.drained();
  }
  return true;
}

/** An event, and the size of its content. */
interface Missed {
  readonly event: Outgoing;
  readonly bytes: number;
}

/** The events behind the entries, in their order; undefined if the store does not have them all. */
async function load(
  chunk: readonly Remembered[],
  { store, clock, log }: ReplayDeps,
): Promise<Missed[] | undefined> {
  const refs = chunk.filter((entry): entry is Ref => "seq" in entry);
  try {
    const messages = refs.length === 0 ? [] : await store.pick(refs);
    const found = messages.filter((message) => message !== undefined);
    if (found.length < refs.length) return undefined;
    const now = clock.now();
    const events = found.map((message) => ({
      event: new Broadcast({ type: "message", message: toWire(message, now) }),
      bytes: message.content.length,
    }));
    let next = 0;
    return chunk.map((entry) =>
      "seq" in entry ? (events[next++] as Missed) : { event: entry, bytes: 0 },
    );
  } catch (error) {
    log.warn({ error }, "replay failed");
    return undefined;
  }
}
