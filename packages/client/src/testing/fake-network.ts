import type { CommandFrame, EventFrame, ServerFrame } from "@godwit/protocol";
import type { Socket, SocketConstructor } from "../socket.ts";

/** The server's end of a fake socket. */
export class FakeLink {
  readonly url: string;
  readonly protocols: string[];
  /** Every command that arrived and was not taken yet, oldest first. */
  readonly received: CommandFrame[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #socket: FakeSocket;

  constructor(url: string, protocols: string[], socket: FakeSocket) {
    this.url = url;
    this.protocols = protocols;
    this.#socket = socket;
  }

  open(): void {
    this.#socket.onopen?.({});
  }

  /** Takes the oldest command of a type; fails the test if there is none. */
  take<T extends CommandFrame["type"]>(
    type: T,
  ): Extract<CommandFrame, { type: T }> & { id: number } {
    const at = this.received.findIndex((frame) => frame.type === type);
    const [frame] = at < 0 ? [] : this.received.splice(at, 1);
    if (!frame)
      throw new Error(
        `No ${type} among ${this.received.map((other) => other.type).join(", ") || "no commands"}.`,
      );
    return frame as Extract<CommandFrame, { type: T }> & { id: number };
  }

  has(type: CommandFrame["type"]): boolean {
    return this.received.some((frame) => frame.type === type);
  }

  reply(command: { type: string; id?: number }, result: object): void {
    this.raw(JSON.stringify({ type: command.type, id: command.id, ...result }));
  }

  refuse(command: { id?: number }, error: object): void {
    this.raw(
      JSON.stringify({
        type: "error",
        id: command.id,
        code: 4000,
        message: "refused",
        retryable: false,
        ...error,
      }),
    );
  }

  event(frame: EventFrame | ServerFrame): void {
    this.raw(JSON.stringify(frame));
  }

  raw(data: string): void {
    if (!this.closed) this.#socket.onmessage?.({ data });
  }

  /** The server, or the network, ends the connection. */
  drop(code = 1006, reason = ""): void {
    if (this.closed) return;
    this.closed = { code, reason };
    this.#socket.onclose?.({ code, reason });
  }
}

class FakeSocket implements Socket {
  binaryType = "blob";
  protocol = "";
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  readonly #link: FakeLink;
  readonly #network: FakeNetwork;

  constructor(url: string, protocols: string[], network: FakeNetwork) {
    this.#network = network;
    this.#link = new FakeLink(url, protocols, this);
    network.links.push(this.#link);
    network.onLink?.(this.#link);
  }

  send(data: string | Uint8Array): void {
    if (this.#link.closed) return;
    const frame = JSON.parse(data as string) as CommandFrame;
    this.#link.received.push(frame);
    this.#network.onCommand?.(this.#link, frame);
  }

  close(code = 1000, reason = ""): void {
    if (!this.#link.closed) this.#link.closed = { code, reason };
  }
}

/** Fake sockets with the server's ends in the test's hands. */
export class FakeNetwork {
  readonly links: FakeLink[] = [];
  onLink: ((link: FakeLink) => void) | undefined;
  onCommand: ((link: FakeLink, frame: CommandFrame) => void) | undefined;

  readonly webSocket: SocketConstructor = ((network: FakeNetwork) =>
    class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, network);
      }
    })(this);

  get link(): FakeLink {
    const link = this.links.at(-1);
    if (!link) throw new Error("Nobody has connected.");
    return link;
  }
}
