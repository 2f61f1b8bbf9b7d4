import { connect, memoryStorage, type Chat, type Client } from "@godwit/client";
import type { Persona } from "./cast.ts";

/** One of the cast, on the SDK and a socket of its own like any other client. */
export class Bot {
  readonly persona: Persona;
  readonly #url: string;
  readonly #token: () => Promise<string>;
  /** Kept while it is away, so that it takes up what it missed. */
  readonly #storage = memoryStorage();
  #client: Client | undefined;
  readonly #listeners: ((client: Client) => void)[] = [];

  constructor(persona: Persona, url: string, token: () => Promise<string>) {
    this.persona = persona;
    this.#url = url;
    this.#token = token;
  }

  get user(): string {
    return this.persona.user;
  }

  get isHere(): boolean {
    return this.#client !== undefined;
  }

  /** The connection; there is one between `come` and `go`. */
  get client(): Client {
    if (this.#client === undefined) throw new Error(`${this.user} is away.`);
    return this.#client;
  }

  chat(conversation: string): Chat {
    return this.client.conversation(conversation);
  }

  /** What to do with each new connection's events; called for the one there is, too. */
  listen(listen: (client: Client) => void): void {
    this.#listeners.push(listen);
    if (this.#client !== undefined) listen(this.#client);
  }

  /** Connects. Rejects if there will be no connection. */
  async come(): Promise<void> {
    if (this.#client !== undefined) return;
    this.#client = connect({
      url: this.#url,
      token: this.#token,
      device: `${this.user}-1`,
      platform: "bot",
      client: "godwit-demo",
      storage: this.#storage,
      // What was said before its time is nothing to answer.
      syncMessages: 0,
    });
    for (const listen of this.#listeners) listen(this.#client);
    await this.#client.ready();
  }

  /** Disconnects; `come` brings it back. */
  async go(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }
}
