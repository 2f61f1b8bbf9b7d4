import type { Clock } from "./clock.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The connection is over, with the code that a WebSocket's close frame would have; 1006 stands for a loss. */
export class Over extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Nothing was heard for longer than a request may be silent. */
export class TimedOut extends Error {}

/** Answers of a server that is too full or about to stop, as close codes. */
const refusals: Readonly<Record<number, number>> = { 413: 4501, 429: 4004, 503: 4000 };

/** Requests of one connection, each with a time-out, and all of them ended together. */
export class Requests {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  readonly #running = new Set<AbortController>();
  #ended = false;

  constructor(fetch: Fetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * Makes a request and hands its answer to `read`. `alive` in the hands of `read` puts the time-out off.
   * @throws Over if the answer ends the connection; another error if a retry may help
   */
  async run<T>(
    url: string,
    init: RequestInit,
    timeoutMs: number,
    read: (response: Response, alive: (ms: number) => void) => T | Promise<T>,
  ): Promise<T> {
    if (this.#ended) throw new Over(1006, "ended");
    const abort = new AbortController();
    this.#running.add(abort);
    let cancel = this.#clock.after(timeoutMs, () => abort.abort());
    const alive = (ms: number): void => {
      cancel();
      cancel = this.#clock.after(ms, () => abort.abort());
    };
    try {
      const aborted = new Promise<never>((_, reject) => {
        abort.signal.addEventListener("abort", () =>
          reject(new TimedOut("The request took too long.")),
        );
      });
      const answer = async (): Promise<T> => {
        const response = await this.#fetch(url, {
          cache: "no-store",
          ...init,
          signal: abort.signal,
        });
        return read(await passed(response), alive);
      };
      // Whatever the platform does with the signal: nobody waits longer than this.
      return await Promise.race([answer(), aborted]);
    } finally {
      cancel();
      this.#running.delete(abort);
    }
  }

  /** Waits before a retry; at once when all is ended. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(this.#ended ? 0 : ms, resolve));
  }

  end(): void {
    this.#ended = true;
    for (const abort of this.#running) abort.abort();
  }
}

/** What a retry can mend throws an error, what it cannot throws `Over`. */
async function passed(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text().catch(() => "");
  const said = messageOf(text);
  const reason = said ?? `HTTP ${response.status}`;
  const code = refusals[response.status];
  // Without words of the server's it is a proxy's, which may find its way again.
  if (code !== undefined && said !== undefined) throw new Over(code, reason);
  if (response.status >= 500) throw new Error(reason);
  throw new Over(1006, reason);
}

/** The words of the API's error object. Whatever else answers, a proxy for instance, has none. */
function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}
