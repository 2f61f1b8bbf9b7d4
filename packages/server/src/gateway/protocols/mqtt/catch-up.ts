import type { CommandName, Message, Params, Result } from "@godwit/protocol";
import type { Flight } from "./outbound.ts";
import { pagesOfNewest } from "./pages.ts";
import { isExpired, passingOf, type Passing } from "./passing.ts";
import { route } from "./routing.ts";
import { CommandRefused, isForNow, type Link } from "./link.ts";

const messagesPerRead = 100;

/**
 * Brings a session everything since the newest message that its client had received, from the store, conversation by conversation: its events are lost, because it was
 * away for too long, missed too many, or the server was killed. What comes meanwhile waits behind it.
 *
 * A catch-up that is cut off goes on with the next connection, where it was.
 */
export async function catchUp(link: Link): Promise<void> {
  const { session } = link;
  const state = session.awaitCatchUp();
  const { afterId = session.newestId } = state;
  // By commit order; of a session that has had nothing yet, by when it began.
  const isMissed = ({ id, time }: Message) =>
    afterId === 0 ? time >= session.beganAtMs : id > afterId;
  let newestId = afterId;
  for await (const page of pagesOfNewest((params) => ask(link, "sync", params))) {
    for (const { conversation, messages } of page) {
      const [newest] = messages;
      if (newest === undefined || !isMissed(newest)) continue;
      newestId = Math.max(newestId, newest.id);
      const from =
        (state.upTo.get(conversation.id) ?? (await firstMissed(link, newest, isMissed)) - 1) + 1;
      await bring(link, newest, from);
      if (link.over) return;
    }
  }
  session.newestId = Math.max(session.newestId, newestId);
  state.afterId = undefined;
}

/** Reads what is under way and no event brings, as it is its turn: of a session that the server remembers from before it was started, or whose events were lost. */
export async function readAgain(link: Link, delivery: Rereader): Promise<void> {
  for (;;) {
    const flight = await delivery.unread();
    if (flight === undefined) return;
    const message = await readOne(link, flight);
    if (link.over) return;
    delivery.again(flight, message && passingOf(message));
  }
}

/** The part of the delivery that sends again. */
interface Rereader {
  unread(): Promise<Flight | undefined>;
  again(flight: Flight, passing: Passing | undefined): void;
}

/** Undefined if it is not for this user to read any more. */
async function readOne(link: Link, { conversation, seq }: Flight): Promise<Message | undefined> {
  try {
    const { messages } = await ask(link, "history", { conversation, from: seq, to: seq });
    return messages.find((message) => message.seq === seq && !isExpired(message));
  } catch (error) {
    if (error instanceof CommandRefused && !error.frame.retryable) return undefined;
    throw error;
  }
}

/** Delivers a conversation's messages from `from` up to the newest. */
async function bring(link: Link, newest: Message, from: number): Promise<void> {
  const { session, shared } = link;
  const { conversation } = newest;
  for (let next = from; next <= newest.seq;) {
    const range = { conversation, from: next, limit: messagesPerRead };
    const { messages } = await ask(link, "history", range);
    for (const message of messages) {
      if (message.seq > newest.seq) break;
      const own = message.sender === session.user && message.device === session.device;
      const passing = passingOf(message);
      const way = own || isExpired(message) ? undefined : route(shared, session, passing);
      if (way !== undefined) await link.delivery.missed(passing, way);
      if (link.over) return;
      session.catchUp?.upTo.set(conversation, message.seq);
    }
    const last = messages.at(-1)?.seq ?? newest.seq;
    next = last + 1;
  }
}

/** The first seq whose message was missed: ids and times grow with seqs, so it is found by halving. */
async function firstMissed(
  link: Link,
  { conversation, seq }: Message,
  isMissed: (message: Message) => boolean,
): Promise<number> {
  let low = 1;
  let high = seq;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { messages } = await ask(link, "history", { conversation, from: middle, to: middle });
    const [message] = messages;
    if (message !== undefined && isMissed(message)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Gives a command again, when it is welcome, if it is refused for now: whoever has missed much asks for more than a client may. Rejects as `Link.command` does otherwise. */
async function ask<C extends CommandName>(
  link: Link,
  type: C,
  params: Params<C>,
): Promise<Result<C>> {
  for (;;) {
    try {
      return await link.command(type, params);
    } catch (error) {
      if (!(error instanceof CommandRefused) || !isForNow(error.frame)) throw error;
      const { retryAfterMs = 100 } = error.frame;
      await new Promise<void>((resolve) => void link.shared.clock.after(retryAfterMs, resolve));
    }
  }
}
