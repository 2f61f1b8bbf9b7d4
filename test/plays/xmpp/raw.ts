/** A socket for what no XMPP library would say. */
import { connect as connectTcp, type Socket } from "node:net";
import { streamHead } from "../../../packages/server/src/gateway/protocols/xmpp/xml/cases.ts";
import { patiently } from "../actor.ts";
import type { Stage } from "../stage.ts";
import { portOf } from "./kit.ts";

export const head = streamHead.replace("example.org", "localhost");
export const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

/** A socket that says what it is told to, and keeps what it hears as text. */
export class Raw {
  readonly #socket: Socket;
  heard = "";
  ended = false;
  #woken: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const wake = () => {
      for (const each of this.#woken.splice(0)) each();
    };
    const end = () => {
      this.ended = true;
      wake();
    };
    socket.on("data", (data: Buffer) => {
      this.heard += data.toString();
      wake();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.on("end", () => socket.end());
  }

  static async open(stage: Stage): Promise<Raw> {
    const socket = connectTcp({ host: "127.0.0.1", port: portOf(stage), noDelay: true });
    await new Promise((resolve) => socket.once("connect", resolve));
    return new Raw(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  say(data: string | Uint8Array): void {
    if (!this.ended) this.#socket.write(data);
  }

  /** Resolves when something like this was heard. */
  async hears(pattern: RegExp): Promise<RegExpExecArray> {
    await this.#until(() => pattern.test(this.heard) || this.ended, `to hear ${pattern}`);
    const found = pattern.exec(this.heard);
    if (found === null) throw new Error(`Heard ${JSON.stringify(this.heard)} and not ${pattern}.`);
    return found;
  }

  /** The condition of the stream error with which the server ends it. */
  async fault(): Promise<string | undefined> {
    await this.#until(() => this.ended, "the stream to end");
    return /<stream:error[^>]*><([a-z-]+) /.exec(this.heard)?.[1];
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    const wait = async () => {
      while (!holds()) await new Promise<void>((resolve) => this.#woken.push(resolve));
    };
    return patiently(wait(), what);
  }
}
