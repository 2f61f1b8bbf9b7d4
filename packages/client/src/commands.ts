import type { CommandName, Params, Result } from "@godwit/protocol";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { clientError, type GodwitError } from "./errors.ts";

interface Waiting {
  readonly run: (connection: Connection) => void;
  readonly reject: (error: GodwitError) => void;
  readonly cancelTimer: () => void;
}

/** Commands that have an effect of their own each time: when the connection is lost before the answer, the application decides. */
const unrepeatable: ReadonlySet<CommandName> = new Set([
  "invite",
  "join",
  "leave",
  "remove",
  "role",
  "rename",
  "mute",
  "dissolve",
  "sign_out",
  "kick",
]);

const waitingMax = 1_000;

/** Commands of the application: they wait for the connection if there is none, and are repeated after a loss where that is safe. */
export class Commands {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #connection: Connection | undefined;
  #closedBy: GodwitError | undefined;
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  attach(connection: Connection): void {
    this.#connection = connection;
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      waiting.cancelTimer();
      waiting.run(connection);
    }
  }

  detach(): void {
    this.#connection = undefined;
  }

  close(error: GodwitError): void {
    this.#closedBy = error;
    this.#connection = undefined;
    for (const { cancelTimer, reject } of this.#waiting) {
      cancelTimer();
      reject(error);
    }
    this.#waiting.clear();
  }

  /** Sends a command on the connection there is; rejects with `offline` if there is none. */
  now<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    if (!this.#connection) return Promise.reject(this.#closedBy ?? clientError("offline"));
    return this.#connection.request(type, params, this.#timeoutMs);
  }

  /** Sends a command that needs no answer, if there is a connection. */
  post<C extends CommandName>(type: C, params: Params<C>): void {
    this.#connection?.post(type, params);
  }

  /**
   * Sends a command as soon as there is a connection.
   * @throws GodwitError `offline` or `timeout` after the time-out, `connection_lost`, `closed`, or what the server answers
   */
  request<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    const deadlineMs = this.#clock.monotonic() + this.#timeoutMs;
    return new Promise((resolve, reject) => {
      const run = (connection: Connection): void => {
        const leftMs = deadlineMs - this.#clock.monotonic();
        connection
          .request(type, params, Math.max(1, leftMs))
          .then(resolve, (error: GodwitError) => {
            const lost =
              error.name === "offline" ||
              (error.name === "connection_lost" && !unrepeatable.has(type));
            if (!lost || this.#clock.monotonic() >= deadlineMs) reject(error);
            else this.#whenConnected(run, reject, deadlineMs);
          });
      };
      this.#whenConnected(run, reject, deadlineMs);
    });
  }

  #whenConnected(run: Waiting["run"], reject: Waiting["reject"], deadlineMs: number): void {
    if (this.#closedBy) return reject(this.#closedBy);
    if (this.#connection) return run(this.#connection);
    if (this.#waiting.size >= waitingMax) return reject(clientError("too_many_waiting"));
    const cancelTimer = this.#clock.after(Math.max(0, deadlineMs - this.#clock.monotonic()), () => {
      this.#waiting.delete(waiting);
      reject(clientError("offline"));
    });
    const waiting: Waiting = { run, reject, cancelTimer };
    this.#waiting.add(waiting);
  }
}
