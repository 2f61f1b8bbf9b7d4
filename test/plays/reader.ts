/** A client that keeps what it was told, as an application would: the model of one device. */
import type { Message, Params } from "@godwit/protocol";
import type { Actor, Frame } from "./actor.ts";

interface Entry {
  readonly id: number;
  readonly text: string;
}

/** What a message says, for comparing logs. */
function textOf({ content }: Pick<Message, "content">): string {
  return String(content["text"] ?? content["event"]);
}

/** One device with its own copy of every conversation. It throws as soon as the server contradicts itself. */
export class Reader {
  readonly actor: Actor;
  /** By conversation and seq. */
  readonly logs = new Map<string, Map<number, Entry>>();
  /** Sends by this device, in order, with the seq of those that were acknowledged. */
  readonly drafts: { readonly params: Params<"send">; seq: number | undefined }[] = [];
  connected = true;
  #mustSync = false;
  /** The newest seq heard in this session, by conversation. */
  #heard = new Map<string, number>();

  constructor(actor: Actor) {
    this.actor = actor;
  }

  /** Sends; with `patient` false the connection is cut before the acknowledgement can come. */
  async send(conversation: string, text: string, patient = true): Promise<void> {
    const draft = { params: this.actor.draft(conversation, text), seq: undefined };
    this.drafts.push(draft);
    if (patient) return this.retry(draft);
    this.actor.raw(this.actor.codec.encodeCommand({ type: "send", id: 999_999, ...draft.params }));
    await this.cut();
  }

  /** Sends a draft once more, also from another device of the same user. */
  async retry(draft: Reader["drafts"][number], by: Reader = this): Promise<void> {
    const { seq } = await by.actor.call("send", draft.params);
    if (draft.seq !== undefined && draft.seq !== seq)
      throw new Error(`A retry was acknowledged as ${seq}, after ${draft.seq}.`);
    draft.seq = seq;
  }

  async cut(): Promise<void> {
    await this.actor.cut();
    this.#take(this.actor.takes());
    this.connected = false;
  }

  /** Comes back, into the old session if the server still has it, and fetches what does not come by itself. */
  async comeBack(fresh: boolean): Promise<void> {
    if (fresh && this.connected) await this.cut();
    const welcome = await (fresh ? this.actor.connect() : this.actor.resume());
    this.connected = true;
    if (!welcome.resumed) this.#heard.clear();
    this.#mustSync ||= welcome.syncRequired;
    await this.catchUp();
  }

  /** Takes in what has come, and synchronises if it was told to. Fails if the client counts less than the server. */
  async catchUp(): Promise<void> {
    await this.actor.hasHeardAll();
    this.#take(this.actor.takes());
    if (this.#mustSync) await this.#synchronise();
  }

  async acknowledge(): Promise<void> {
    await this.actor.call("received", { position: this.actor.position });
  }

  /** Reads to the end of what it has; the cursor that holds afterwards is the result. */
  async read(conversation: string): Promise<number> {
    const seq = Math.max(0, ...(this.logs.get(conversation)?.keys() ?? []));
    return (await this.actor.call("read", { conversation, seq })).seq;
  }

  log(conversation: string): Map<number, Entry> {
    const log = this.logs.get(conversation) ?? new Map<number, Entry>();
    this.logs.set(conversation, log);
    return log;
  }

  #take(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.type === "sync_required") this.#mustSync = true;
      if (frame.type !== "message") continue;
      const { message } = frame as unknown as { readonly message: Message };
      const last = this.#heard.get(message.conversation) ?? 0;
      if (message.seq <= last)
        throw new Error(`${message.conversation} ${message.seq} was heard after ${last}.`);
      this.#heard.set(message.conversation, message.seq);
      this.#keep(message);
    }
  }

  #keep(message: Message): void {
    const log = this.log(message.conversation);
    const text = textOf(message);
    const known = log.get(message.seq);
    if (known !== undefined && (known.id !== message.id || known.text !== text))
      throw new Error(`${message.conversation} ${message.seq} was ${known.text} and is ${text}.`);
    log.set(message.seq, { id: message.id, text });
  }

  async #synchronise(): Promise<void> {
    this.#mustSync = false;
    const cursors = [...this.logs].map(([conversation, log]) => {
      let seq = 0;
      while (log.has(seq + 1)) seq++;
      return { conversation, seq };
    });
    let after: string | undefined;
    do {
      const page = await this.actor.call("sync", {
        cursors,
        messages: 3,
        limit: 1,
        ...(after === undefined ? {} : { after }),
      });
      for (const { conversation, messages, partial } of page.conversations) {
        for (const message of messages) this.#keep(message);
        if (partial)
          await this.#fill(conversation.id, messages[0]?.seq ?? conversation.lastSeq + 1);
      }
      after = page.partial ? page.next : undefined;
    } while (after !== undefined);
  }

  /** Fetches what lies before `end` and is not here. */
  async #fill(conversation: string, end: number): Promise<void> {
    const log = this.log(conversation);
    for (let seq = 1; seq < end; seq++) {
      if (log.has(seq)) continue;
      const range = { conversation, from: seq, to: end - 1, limit: 200 };
      const { messages } = await this.actor.call("history", range);
      for (const message of messages) this.#keep(message);
      if (!log.has(seq)) throw new Error(`${conversation} has no ${seq}.`);
    }
  }
}
