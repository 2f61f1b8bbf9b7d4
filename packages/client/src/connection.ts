import type {
  Codec,
  CommandFrame,
  CommandName,
  EventFrame,
  Params,
  Result,
  ServerFrame,
} from "@godwit/protocol";
import type { Clock } from "./clock.ts";
import { clientError, type GodwitError, serverError, toGodwitError } from "./errors.ts";
import { isSound } from "./guard.ts";
import type { Socket } from "./socket.ts";

export interface ConnectionHandlers {
  open(): void;
  event(frame: EventFrame): void;
  /** A command without id failed, or a frame could not be understood. */
  failed(error: GodwitError): void;
  /** Once, when nothing more can be sent or received. 1006 stands for a loss without a close frame. */
  closed(code: number, reason: string): void;
}

interface Pending {
  readonly type: CommandName;
  resolve(result: never): void;
  reject(error: GodwitError): void;
  cancelTimer: () => void;
}

/**
 * One socket: frames out, replies matched to their commands, events handed up. Knows nothing of sessions or of reconnecting.
 * When it ends, every command that waits for its reply rejects with `connection_lost`.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #handlers: ConnectionHandlers;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #open = false;
  #ended = false;
  /** Times of the last frame in either direction, on the monotonic clock. */
  sentAtMs = 0;
  receivedAtMs = 0;

  constructor(socket: Socket, codec: Codec, clock: Clock, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#codec = codec;
    this.#clock = clock;
    this.#handlers = handlers;
    this.receivedAtMs = this.sentAtMs = clock.monotonic();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#open = true;
      handlers.open();
    };
    socket.onbeat = () => {
      this.sentAtMs = this.receivedAtMs = clock.monotonic();
    };
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => this.#end(event.code, event.reason);
    // A close event follows every error event; the error itself says nothing that a program could use.
    socket.onerror = () => {};
  }

  /** How long nothing has moved in either direction. */
  get silenceMs(): number {
    return this.#clock.monotonic() - Math.max(this.sentAtMs, this.receivedAtMs);
  }

  /** Commands that wait for their reply. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** Sends a command and waits for its reply. */
  request<C extends CommandName>(
    type: C,
    params: Params<C>,
    timeoutMs: number,
  ): Promise<Result<C>> {
    return new Promise((resolve, reject) => {
      if (this.#ended || !this.#open) return reject(clientError("offline"));
      const id = this.#nextId++;
      const cancelTimer = this.#clock.after(timeoutMs, () => {
        this.#pending.delete(id);
        reject(
          clientError("timeout", `The server did not answer "${type}" within ${timeoutMs} ms.`),
        );
      });
      this.#pending.set(id, { type, resolve, reject, cancelTimer });
      this.#write({ type, id, ...params } as unknown as CommandFrame);
    });
  }

  /** Sends a command that needs no reply. Without a connection it is dropped. */
  post<C extends CommandName>(type: C, params: Params<C>): void {
    if (this.#open && !this.#ended) this.#write({ type, ...params } as unknown as CommandFrame);
  }

  /** Ends the connection at once: `closed` is called before this returns, whether or not the peer still answers. */
  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#socket.close(code, reason);
    this.#end(1006, reason);
  }

  #write(frame: CommandFrame): void {
    this.sentAtMs = this.#clock.monotonic();
    try {
      this.#socket.send(this.#codec.encodeCommand(frame));
    } catch (thrown) {
      // A socket that closes may throw before its close event comes. What was not sent is sent again after the next welcome.
      this.close(1000, `Sending failed: ${String(thrown)}`);
    }
  }

  #received(data: unknown): void {
    if (this.#ended) return;
    this.receivedAtMs = this.#clock.monotonic();
    let frame: ServerFrame;
    try {
      frame = this.#codec.decodeServer(
        data instanceof ArrayBuffer ? new Uint8Array(data) : (data as string | Uint8Array),
      );
      if (!this.#expected(frame))
        throw new TypeError(`A frame of type ${frame.type} is not whole, or out of place.`);
    } catch (thrown) {
      this.#handlers.failed(toGodwitError(thrown, "protocol_failed"));
      return this.close(1002, "unusable frame");
    }
    // Replies and errors carry the id of their command; events never have one.
    const { id } = frame as { id?: number };
    if (id === undefined) {
      if (frame.type === "error") this.#handlers.failed(serverError(frame));
      else this.#handlers.event(frame as EventFrame);
      return;
    }
    const pending = this.#pending.get(id);
    // A reply that comes after its time-out has nobody who waits for it.
    if (!pending) return;
    this.#pending.delete(id);
    pending.cancelTimer();
    if (frame.type === "error") pending.reject(serverError(frame));
    else pending.resolve(frame as never);
  }

  /** Whether a frame has what this client relies on, and answers what was asked if it is an answer. */
  #expected(frame: ServerFrame): boolean {
    const asked = "id" in frame && frame.id !== undefined ? this.#pending.get(frame.id) : undefined;
    return isSound(frame) && (!asked || frame.type === "error" || frame.type === asked.type);
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { reject, cancelTimer } of this.#pending.values()) {
      cancelTimer();
      reject(clientError("connection_lost"));
    }
    this.#pending.clear();
    this.#handlers.closed(code, reason);
  }
}
