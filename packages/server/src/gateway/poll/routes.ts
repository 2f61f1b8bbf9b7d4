/** `/api/stream`: the requests that a connection by long-poll or server-sent events is made of. */
import { wireError } from "@godwit/protocol";
import { ApiError, apiError, errorResponse, refuse } from "../http/reply.ts";
import { originAllowed } from "../listeners/admission.ts";
import { Reader, type End, type Page, type PollConnection } from "./connection.ts";
import { eventStream } from "./event-stream.ts";
import type { PollListener } from "./listener.ts";

const lineFeed = 0x0a;
const prefix = "/api/stream";
const batchFramesMax = 8_192;

/** What may be asked of which path, for those who ask otherwise. */
export const streamPaths: readonly (readonly [path: string, methods: readonly string[]])[] = [
  [prefix, ["POST"]],
  [`${prefix}/:id`, ["GET", "POST"]],
  [`${prefix}/:id/end`, ["POST"]],
];

export interface StreamRoutesDeps {
  readonly poll: PollListener;
  /** Origins whose pages may connect. */
  readonly origins: readonly string[];
  readonly bodyBytesMax: number;
}

/** One request, taken apart. A poll waits for long: nothing that it keeps may lead to the request itself. */
interface Asked {
  readonly connection: PollConnection;
  readonly query: URLSearchParams;
  /** Of the page that asks, if it is one; and what the headers of the answer become by it. */
  readonly origin: string | null;
  readonly headers: Record<string, string>;
}

/**
 * Answers the requests of connections without what stands before other requests of the API: there are many, and each poll that waits is kept in memory with all that it
 * has gone through.
 */
export class StreamRoutes {
  readonly #deps: StreamRoutesDeps;

  constructor(deps: StreamRoutesDeps) {
    this.#deps = deps;
  }

  /** Undefined if this is no request of a connection by method and path: then others answer. Rejects only with what nobody foresaw. */
  fetch(request: Request, address: string): Response | Promise<Response> | undefined {
    const { method, url } = request;
    const start = url.indexOf("/", url.indexOf("//") + 2);
    if (!url.startsWith(prefix, start)) return undefined;
    const mark = url.indexOf("?", start);
    const path = mark < 0 ? url.slice(start) : url.slice(start, mark);
    const [, id, end] = /^\/api\/stream(?:\/([\w-]{1,64})(\/end)?)?$/.exec(path) ?? [];
    const opens = path === prefix;
    if (!(opens || id !== undefined)) return undefined;
    if (method !== "POST" && (method !== "GET" || opens || end !== undefined)) return undefined;
    const origin = request.headers.get("origin");
    const headers = headersFor(origin);
    try {
      // A page's plain request needs no consent by CORS: it is refused here, as a WebSocket is.
      if (!originAllowed(origin, request.headers.get("host"), this.#deps.origins))
        throw refuse("forbidden", "This origin may not connect; see listen.origins.");
      if (opens) return caught(this.#open(request, address, headers), headers);
      const connection = this.#deps.poll.find(id as string);
      if (connection === undefined)
        throw refuse("unknown_command", "There is no such connection: it has ended, or never was.");
      const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark));
      const asked: Asked = { connection, query, origin, headers };
      if (method === "GET") return this.#read(asked, request);
      return caught(this.#take(asked, request, end !== undefined), headers);
    } catch (error) {
      return refusal(error, headers);
    }
  }

  async #open(
    request: Request,
    address: string,
    headers: Record<string, string>,
  ): Promise<Response> {
    const { poll } = this.#deps;
    const frames = await this.#lines(request);
    const connection = poll.open(address);
    if (connection === undefined)
      throw poll.accepting
        ? new ApiError(wireError("busy", undefined, 1_000))
        : new ApiError(wireError("shutting_down", undefined, 1_000), 503);
    await poll.hand(connection, frames);
    const opened = { stream: connection.id, waitMsMax: poll.waitMsMax };
    return Response.json(opened, { status: 201, headers });
  }

  async #take({ connection, query, headers }: Asked, request: Request, ends: boolean) {
    const { poll } = this.#deps;
    const batch = numberOf(query, "batch", ends ? 0 : 1);
    acknowledge(query, connection);
    const frames = await this.#lines(request);
    // What is said in parting still counts, unless it is a retry, or something before it is missing.
    const taken =
      ends && frames.length === 0 ? "taken" : await poll.take(connection, batch, frames);
    if (ends) poll.leave(connection);
    else if (taken === "out_of_order")
      throw refuse("conflict", `Batch ${connection.batch + 1} is next, one at a time.`);
    return new Response(null, { status: 204, headers });
  }

  #read(
    { connection, query, origin, headers }: Asked,
    request: Request,
  ): Response | Promise<Response> {
    const { poll } = this.#deps;
    const waitMs = numberOf(query, "wait", poll.waitMsMax);
    // HTML Living Standard, section 9.2.3: a source of events that comes back names the last one that it has.
    const cursor = acknowledge(query, connection, request.headers.get("last-event-id"));
    if (cursor < connection.acknowledged && !connection.closed) throw outOfOrder(connection);
    if (request.headers.get("accept")?.includes("text/event-stream") === true) {
      headers["content-type"] = "text/event-stream; charset=utf-8";
      return new Response(eventStream(poll, connection, cursor, waitMs), { headers });
    }
    const { promise, resolve } = Promise.withResolvers<Response>();
    poll.begin(new Poll(connection, cursor, origin, resolve), waitMs);
    return promise;
  }

  /** The frames of a body, one a line; as bytes, because the codec looks after what is not UTF-8. */
  async #lines(request: Request): Promise<Uint8Array[]> {
    const { bodyBytesMax } = this.#deps;
    const tooLarge = () =>
      refuse("content_too_large", `The body has more than ${bodyBytesMax} bytes.`, 413);
    if (Number(request.headers.get("content-length") ?? 0) > bodyBytesMax) throw tooLarge();
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > bodyBytesMax) throw tooLarge();
    const lines: Uint8Array[] = [];
    for (let start = 0; start < body.length;) {
      const found = body.indexOf(lineFeed, start);
      const end = found < 0 ? body.length : found;
      if (end > start && lines.push(body.subarray(start, end)) > batchFramesMax)
        throw refuse("content_too_large", `A batch has at most ${batchFramesMax} frames.`, 413);
      start = end + 1;
    }
    return lines;
  }
}

/** Neither caches nor proxies that compress or gather may put their hands on frames. Only origins that are allowed get to read this. */
function headersFor(origin: string | null): Record<string, string> {
  const headers: Record<string, string> = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  };
  if (origin === null) return headers;
  return { ...headers, "access-control-allow-origin": origin, vary: "origin" };
}

function refusal(error: unknown, headers: Record<string, string>): Response {
  const known = apiError(error);
  if (known === undefined) throw error;
  const response = errorResponse(known);
  // A page of an origin that is refused may not read why.
  if (known.status === 403) return response;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

async function caught(
  answer: Promise<Response>,
  headers: Record<string, string>,
): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    return refusal(error, headers);
  }
}

/** A poll that waits for its answer. */
class Poll extends Reader {
  /** Not the headers that follow from it: very many wait. */
  readonly #origin: string | null;
  readonly #answer: (response: Response) => void;

  constructor(
    connection: PollConnection,
    cursor: number,
    origin: string | null,
    answer: (response: Response) => void,
  ) {
    super(connection, cursor);
    this.#origin = origin;
    this.#answer = answer;
  }

  /** Answers with the frames, and in the end with a last line as no frame of the protocol looks. If another took over, that one has the frames. */
  protected override deliver(page: Page | undefined): void {
    this.connection.leave(this);
    const lines = page === undefined ? [] : page.frames.map((frame) => `${frame}\n`);
    if (page?.end !== undefined) lines.push(`${endLine(page.end)}\n`);
    const headers = headersFor(this.#origin);
    headers["content-type"] = "application/x-ndjson; charset=utf-8";
    this.#answer(new Response(lines.join(""), { headers }));
  }
}

const endLine = (end: End) => JSON.stringify({ type: "close", ...end });

function numberOf(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name);
  if (text === null) return absent;
  if (!/^\d{1,15}$/.test(text)) throw refuse("invalid_params", `${name} must be an integer.`);
  return Number(text);
}

/** Forgets what the client says that it has, and returns its cursor. */
function acknowledge(
  query: URLSearchParams,
  connection: PollConnection,
  lastEventId?: string | null,
): number {
  const after =
    lastEventId === null || lastEventId === undefined
      ? numberOf(query, "after", connection.acknowledged)
      : /^\d{1,15}$/.test(lastEventId)
        ? Number(lastEventId)
        : -1;
  if (after < 0 || !connection.acknowledge(after)) throw outOfOrder(connection);
  return after;
}

const outOfOrder = ({ acknowledged, cursor }: PollConnection) =>
  refuse("conflict", `There are frames after ${acknowledged}, up to ${cursor}.`);
