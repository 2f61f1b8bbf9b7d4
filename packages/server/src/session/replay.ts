import { toWire } from "../conversations/wire.ts";
import type { Connection } from "../hub/connection.ts";
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
 * Hands a session over what is in its ring after `position`, by this connection, then makes it live. New events enter the ring meanwhile, so order is kept: the
 * last look at the ring and the switch to live happen in one turn. Waits for slow sockets instead of buffering for them.
 *
 * What the store has lost is left out, and the client told to synchronise. Resolves to false if the store does not answer: the session cannot go on then.
 */
export async function replay(
  session: Session,
  connection: Connection,
  position: number,
  deps: ReplayDeps,
): Promise<boolean> {
  let at = position;
  // A replay belongs to one connection: when another takes the session over, that one has its own.
  while (session.connection === connection) {
    if (at === session.position) {
      session.live = true;
      return true;
    }
    if (at < session.ring.start) {
      at = session.ring.start;
      skipTo(connection, at, "More events were missed than are kept.");
    }
    const chunk = session.ring.read(at, chunkEntries);
    const events = await load(chunk, deps);
    if (events === undefined) return session.connection !== connection;
    let unsentBytes = 0;
    for (const missed of events) {
      if (session.connection !== connection) return true;
      at++;
      if (missed === undefined) {
        skipTo(connection, at, "A missed message is not in the store any more.");
        continue;
      }
      connection.write(missed.event);
      unsentBytes += missed.bytes;
      if (unsentBytes < unsentBytesMax) continue;
      await connection.drained();
      unsentBytes = 0;
    }
    await connection.drained();
  }
  return true;
}

/** Tells the client that events before this position do not come: it has to synchronise, and counts on from here. */
function skipTo(connection: Connection, position: number, reason: string): void {
  connection.reply({ type: "sync_required", reason, position });
}

/** An event, and the size of its content. */
interface Missed {
  readonly event: Outgoing;
  readonly bytes: number;
}

/** The events behind the entries, in their order, with undefined where the store has none; undefined if it does not answer. */
async function load(
  chunk: readonly Remembered[],
  { store, clock, log }: ReplayDeps,
): Promise<(Missed | undefined)[] | undefined> {
  const refs = chunk.filter((entry): entry is Ref => "seq" in entry);
  try {
    const messages = refs.length === 0 ? [] : await store.pick(refs);
    const now = clock.now();
    let next = 0;
    return chunk.map((entry) => {
      if (!("seq" in entry)) return { event: entry, bytes: 0 };
      const message = messages[next++];
      if (message === undefined) return undefined;
      const event = new Broadcast({ type: "message", message: toWire(message, now) });
      return { event, bytes: message.content.length };
    });
  } catch (error) {
    log.warn({ error }, "replay failed");
    return undefined;
  }
}
