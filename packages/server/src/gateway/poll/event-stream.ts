import type { End, PollConnection, Reader } from "./connection.ts";
import type { PollListener } from "./listener.ts";

/** Proxies and scanners that gather a first block before they pass anything on have it with this. */
const padding = `:${" ".repeat(2_048)}\n\n`;
const encoder = new TextEncoder();

/**
 * The frames of a connection as server-sent events (HTML Living Standard, section 9.2): `id` is the cursor, `data` the frame; the event `close` is the end. A comment
 * goes out after each `waitMs` of silence. Nothing is read ahead of the socket, so what a slow one leaves behind is bounded where frames are kept.
 */
export function eventStream(
  poll: PollListener,
  connection: PollConnection,
  from: number,
  waitMs: number,
): ReadableStream<Uint8Array> {
  let cursor = from;
  let reader: Reader | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reader = poll.begin(connection);
        controller.enqueue(encoder.encode(padding));
      },
      async pull(controller) {
        if (reader === undefined) return;
        const page = await poll.read(connection, reader, cursor, Math.max(waitMs, 1_000));
        // Another request took over, or what this one would go on with is gone.
        if (typeof page === "string") return controller.close();
        const events = page.frames.map((frame, index) => event(cursor + index + 1, frame));
        cursor = page.cursor;
        if (page.end !== undefined) events.push(closeEvent(page.end));
        controller.enqueue(encoder.encode(events.length === 0 ? ":\n\n" : events.join("")));
        if (page.end !== undefined) controller.close();
      },
      cancel() {
        if (reader !== undefined) connection.leave(reader);
      },
    },
    { highWaterMark: 1 },
  );
}

/** JSON holds no line breaks, so a frame is one line of data. */
const event = (cursor: number, frame: string) => `id: ${cursor}\ndata: ${frame}\n\n`;

const closeEvent = (end: End) => `event: close\ndata: ${JSON.stringify(end)}\n\n`;
