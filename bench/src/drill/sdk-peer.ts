import { connect } from "@godwit/client";
import type { Client, ReceivedMessage } from "@godwit/client";
import { jsonCodec } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import type { Peer, PeerOptions } from "./peer.ts";
import { pendingMax } from "./peer.ts";
import { seenOf, textOf } from "./record.ts";
import type { Seen } from "./record.ts";

/** A user of the SDK: what the application sees is what counts. */
export class SdkPeer implements Peer {
  readonly user: string;
  readonly #options: PeerOptions;
  #client: Client | undefined;
  #n = 0;
  pending = 0;

  constructor(options: PeerOptions) {
    this.user = options.user;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { token, port, codec, record, user, fail, way } = this.#options;
    const client = connect({
      url: `ws://127.0.0.1:${port}/ws`,
      token,
      device: "sdk",
      codec: codec === "json" ? jsonCodec : binaryCodec,
      // The drill restarts the server within a second; a person's patience is not what it measures.
      backoffMinMs: 50,
      backoffMaxMs: 400,
      ...way,
    });
    this.#client = client;
    client.on("message", (message: ReceivedMessage) => {
      record.received(message.conversation, user, seenOf(message));
    });
    client.on("outbox", (update) => {
      if (update.state !== "acknowledged" && update.state !== "failed") return;
      this.pending--;
      if (update.state === "failed") return fail(`${user} could not send: ${update.error.message}`);
      const { clientId, conversation, content } = update.entry;
      record.acked(conversation, {
        sender: user,
        clientId,
        text: String(content["text"]),
        seq: update.sent.seq,
      });
    });
    client.on("error", (error) => fail(`the SDK of ${user} reports: ${error.message}`));
    await client.ready();
  }

  /** As when the platform says that the network has changed. */
  wake(): void {
    this.#client?.wake();
  }

  send(conversation: string): void {
    if (this.pending >= pendingMax) return;
    this.pending++;
    // Success and failure are outbox events.
    void this.#client?.conversation(conversation).send({ text: textOf(this.user, ++this.#n) });
  }

  async log(conversation: string): Promise<Seen[]> {
    const chat = (this.#client as Client).conversation(conversation);
    const seen: Seen[] = [];
    for (let partial = true; partial;) {
      const page = await chat.range(seen.length + 1, Number.MAX_SAFE_INTEGER);
      seen.push(...page.messages.map(seenOf));
      partial = page.partial && page.messages.length > 0;
    }
    return seen;
  }

  async stop(): Promise<void> {
    await this.#client?.close();
  }
}
