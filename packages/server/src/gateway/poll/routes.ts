/** `/api/stream`: the requests that a connection by long-poll or server-sent events is made of. */
import { wireError } from "@godwit/protocol";
import type { Context, Hono } from "hono";
import type { RequestEnv } from "../http/deps.ts";
import { ApiError, refuse } from "../http/reply.ts";
import { originAllowed } from "../listeners/admission.ts";
import type { End, PollConnection } from "./connection.ts";
import { eventStream } from "./event-stream.ts";
import type { PollListener } from "./listener.ts";

const lineFeed = 0x0a;
/** Neither caches nor proxies that compress or gather may put their hands on frames. */
const headers = {
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export const streamPaths: readonly (readonly [path: string, methods: readonly string[]])[] = [
  ["/api/stream", ["POST"]],
  ["/api/stream/:id", ["GET", "POST"]],
  ["/api/stream/:id/end", ["POST"]],
];

/** Adds the routes to the app, behind what every API request passes: CORS and the bound of the body. */
export function addStream(
  app: Hono<RequestEnv>,
  poll: PollListener,
  origins: readonly string[],
): void {
  const admit = (context: Context<RequestEnv>) => {
    const origin = context.req.header("origin") ?? null;
    // A page's plain request needs no consent by CORS: it is refused here, as a WebSocket is.
    if (!originAllowed(origin, context.req.header("host") ?? null, origins))
      throw refuse("forbidden", "This origin may not connect; see listen.origins.");
  };
  const find = (context: Context<RequestEnv>): PollConnection => {
    admit(context);
    const connection = poll.find(context.req.param("id") ?? "");
    if (connection === undefined)
      throw refuse("unknown_command", "There is no such connection: it has ended, or never was.");
    return connection;
  };

  app.post("/api/stream", async (context) => {
    admit(context);
    const frames = linesOf(new Uint8Array(await context.req.arrayBuffer()));
    const connection = poll.open(context.env.address);
    if (connection === undefined)
      throw poll.accepting
        ? new ApiError(wireError("busy", undefined, 1_000))
        : new ApiError(wireError("shutting_down", undefined, 1_000), 503);
    await poll.hand(connection, frames);
    return Response.json(
      { stream: connection.id, waitMsMax: poll.waitMsMax },
      { status: 201, headers },
    );
  });

  app.post("/api/stream/:id", async (context) => {
    const connection = find(context);
    const batch = numberOf(context, "batch", 1);
    acknowledge(context, connection);
    const frames = linesOf(new Uint8Array(await context.req.arrayBuffer()));
    if ((await poll.take(connection, batch, frames)) === "out_of_order")
      throw refuse("conflict", `Batch ${connection.batch + 1} is next, one at a time.`);
    return new Response(null, { status: 204, headers });
  });

  app.post("/api/stream/:id/end", async (context) => {
    const connection = find(context);
    const frames = linesOf(new Uint8Array(await context.req.arrayBuffer()));
    // What is said in parting still counts, unless it is a retry, or something before it is missing.
    if (frames.length > 0) await poll.take(connection, numberOf(context, "batch", 0), frames);
    poll.leave(connection);
    return new Response(null, { status: 204, headers });
  });

  app.get("/api/stream/:id", (context) => {
    const connection = find(context);
    // RFC (HTML Living Standard) 9.2.3: a source of events that comes back names the last one that it has.
    const after = context.req.header("last-event-id");
    const cursor =
      after === undefined ? acknowledge(context, connection) : acknowledgeText(after, connection);
    if (cursor < connection.acknowledged && !connection.closed) throw outOfOrder(connection);
    const wantsEvents = context.req.header("accept")?.includes("text/event-stream") === true;
    if (wantsEvents)
      return events(poll, connection, cursor, numberOf(context, "wait", poll.waitMsMax));
    return longPoll(context, poll, connection, cursor);
  });
}

async function longPoll(
  context: Context<RequestEnv>,
  poll: PollListener,
  connection: PollConnection,
  cursor: number,
): Promise<Response> {
  const waitMs = numberOf(context, "wait", poll.waitMsMax);
  const reader = poll.begin(connection);
  context.req.raw.signal.addEventListener("abort", () => connection.leave(reader));
  const page = await poll.read(connection, reader, cursor, waitMs);
  connection.leave(reader);
  if (page === "out_of_order") throw outOfOrder(connection);
  // The newer request has the frames.
  const lines = page === "superseded" ? [] : [...page.frames];
  if (page !== "superseded" && page.end !== undefined) lines.push(endLine(page.end));
  return new Response(lines.map((line) => `${line}\n`).join(""), {
    headers: { ...headers, "content-type": "application/x-ndjson; charset=utf-8" },
  });
}

function events(
  poll: PollListener,
  connection: PollConnection,
  cursor: number,
  waitMs: number,
): Response {
  return new Response(eventStream(poll, connection, cursor, waitMs), {
    headers: { ...headers, "content-type": "text/event-stream; charset=utf-8" },
  });
}

/** The last line of a connection, as no frame of the protocol looks. */
export const endLine = (end: End) => JSON.stringify({ type: "close", ...end });

function numberOf(context: Context<RequestEnv>, name: string, absent: number): number {
  const text = context.req.query(name);
  if (text === undefined) return absent;
  if (!/^\d{1,15}$/.test(text)) throw refuse("invalid_params", `${name} must be an integer.`);
  return Number(text);
}

/** Forgets what the client says that it has, and returns its cursor. */
function acknowledge(context: Context<RequestEnv>, connection: PollConnection): number {
  const after = numberOf(context, "after", connection.acknowledged);
  if (!connection.acknowledge(after)) throw outOfOrder(connection);
  return after;
}

function acknowledgeText(text: string, connection: PollConnection): number {
  const cursor = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (cursor === undefined || !connection.acknowledge(cursor)) throw outOfOrder(connection);
  return cursor;
}

const outOfOrder = ({ acknowledged, cursor }: PollConnection) =>
  refuse("conflict", `There are frames after ${acknowledged}, up to ${cursor}.`);

/** The frames of a body, one a line; as bytes, because the codec looks after what is not UTF-8. */
function linesOf(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < body.length;) {
    const found = body.indexOf(lineFeed, start);
    const end = found < 0 ? body.length : found;
    if (end > start) lines.push(body.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
