import { Reader, type End, type Page, type PollConnection } from "./connection.ts";
import type { PollListener } from "./listener.ts";

const encoder = new TextEncoder();
/** Proxies and scanners that gather a first block before they pass anything on have it with this. */
const padding = encoder.encode(`:${" ".repeat(2_048)}\n\n`);
/** Comments come no more often than that. */
const waitMsMin = 1_000;

/**
 * The frames of a connection as server-sent events (HTML Living Standard, section 9.2): `id` is the cursor, `data` the frame; the event `close` is the end. A comment
 * goes out after each `waitMs` of silence. Nothing is read ahead of the socket, so what a slow one leaves behind is bounded where frames are kept.
 */
export function eventStream(
  poll: PollListener,
  connection: PollConnection,
  cursor: number,
  waitMs: number,
): ReadableStream<Uint8Array> {
  const stream = new EventStream(connection, cursor, poll, Math.max(waitMs, waitMsMin));
  return new ReadableStream(stream, { highWaterMark: 1 });
}

class EventStream extends Reader implements UnderlyingDefaultSource<Uint8Array> {
  readonly #poll: PollListener;
  readonly #waitMs: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(connection: PollConnection, cursor: number, poll: PollListener, waitMs: number) {
    super(connection, cursor);
    this.#poll = poll;
    this.#waitMs = waitMs;
    connection.begin(this);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    controller.enqueue(padding);
  }

  /** Without a promise, which an idle stream would keep: what is sent later asks for more by itself. */
  pull(): void {
    if (this.#controller !== undefined) this.#poll.read(this, this.#waitMs);
  }

  cancel(): void {
    this.#controller = undefined;
    this.connection.leave(this);
  }

  protected override deliver(page: Page | undefined): void {
    const controller = this.#controller;
    // Another request took over; the stream ends, and the connection does not.
    if (page === undefined || page.end !== undefined) this.#controller = undefined;
    const events = (page?.frames ?? []).map((frame, index) =>
      event(this.cursor + index + 1, frame),
    );
    if (page?.end !== undefined) events.push(closeEvent(page.end));
    this.cursor = page?.cursor ?? this.cursor;
    if (page !== undefined)
      controller?.enqueue(encoder.encode(events.length === 0 ? ":\n\n" : events.join("")));
    if (this.#controller === undefined) controller?.close();
  }
}

/** JSON holds no line breaks, so a frame is one line of data. */
const event = (cursor: number, frame: string) => `id: ${cursor}\ndata: ${frame}\n\n`;

const closeEvent = (end: End) => `event: close\ndata: ${JSON.stringify(end)}\n\n`;
