import { type CommandFrame, type EventFrame, type Message, wireError } from "@godwit/protocol";
import { type FakeLink, FakeNetwork } from "./fake-network.ts";
import { conversation, welcome } from "./harness.ts";

interface ModelSession {
  readonly id: string;
  /** Counted events by position, as far as they were not acknowledged. */
  readonly buffer: Map<number, EventFrame>;
  position: number;
  /** Resuming from before this position is not possible any more. */
  start: number;
  link: FakeLink | undefined;
}

/** What a run may make go wrong; each is used up by the next chance. */
export interface Faults {
  /** Answers to sends that are lost although the message was committed. */
  lostAcks: number;
  /** Sends that are refused for now. */
  busy: number;
  /** Syncs that are refused for now. */
  busySyncs: number;
  /** Events that are sent (and counted) twice. */
  duplicates: number;
  /** Events that are held back and sent after the next one. */
  swaps: number;
  /** Events that never reach the session, which is told to synchronise. */
  overflow: number;
}

/**
 * The server's side of the delivery contract in memory, for one user: dense logs, deduplication, sessions with replay, sync in pages, history. It is slow and
 * obvious, and breaks in every way that the contract allows.
 */
export class ModelServer {
  readonly network = new FakeNetwork();
  readonly logs = new Map<string, Message[]>();
  readonly faults: Faults = {
    lostAcks: 0,
    busy: 0,
    busySyncs: 0,
    duplicates: 0,
    swaps: 0,
    overflow: 0,
  };
  /** Everything on its way, in either direction; lost when the connection is cut. */
  #wire: { link: FakeLink; run: () => void }[] = [];
  #sessions = new Map<string, ModelSession>();
  #byLink = new Map<FakeLink, ModelSession>();
  #heldBack: Message | undefined;
  #count = 0;

  constructor() {
    this.network.onLink = (link) => this.#later(link, () => link.open());
    this.network.onCommand = (link, frame) => this.#later(link, () => this.#handle(link, frame));
  }

  /** Lets the oldest `count` things on the wire arrive. */
  step(count: number): void {
    for (let at = 0; at < count; at++) this.#wire.shift()?.run();
  }

  get busy(): boolean {
    return this.#wire.length > 0;
  }

  /** The network fails: whatever is on the wire is lost. */
  cut(): void {
    const { links } = this.network;
    for (const link of links.filter(({ closed }) => !closed)) {
      this.#detach(link);
      link.drop();
    }
    this.#wire = [];
  }

  /** The server forgets how far its sessions were. */
  forgetSessions(): void {
    this.#sessions.clear();
    this.#byLink.clear();
  }

  /** Somebody else sends a message. */
  post(conversationId: string, sender: string): void {
    this.#commit(
      conversationId,
      sender,
      `9${String(++this.#count).padStart(7, "0")}-0000-4000-8000-000000000000`,
      1,
      {},
      undefined,
    );
  }

  #later(link: FakeLink, run: () => void): void {
    this.#wire.push({ link, run: () => void (link.closed ?? run()) });
  }

  #detach(link: FakeLink): void {
    const session = this.#byLink.get(link);
    if (session?.link === link) session.link = undefined;
    this.#byLink.delete(link);
  }

  #handle(link: FakeLink, frame: CommandFrame): void {
    if (frame.type === "hello") return this.#hello(link, frame);
    const session = this.#byLink.get(link);
    if (!session || session.link !== link) return link.drop(4005);
    const reply = (result: object): void => this.#later(link, () => link.reply(frame, result));
    const busy = (): void =>
      this.#later(link, () => link.refuse(frame, { ...wireError("busy", undefined, 100) }));
    switch (frame.type) {
      case "ping":
      case "received":
        for (const at of session.buffer.keys())
          if (at <= (frame.position ?? 0)) session.buffer.delete(at);
        return frame.type === "ping" ? reply({ time: 0, position: session.position }) : undefined;
      case "send":
        return this.#send(link, frame, reply, busy);
      case "sync":
        return this.faults.busySyncs-- > 0 ? busy() : reply(this.#sync(frame));
      case "history": {
        const { from = 1, limit = 200 } = frame;
        const log = (this.logs.get(frame.conversation) ?? []).filter(({ seq }) => seq >= from);
        // A cut answer, as a server gives when messages are long.
        const messages = log.slice(0, Math.min(limit, 7));
        return reply({ messages, partial: messages.length < log.length });
      }
      case "delivered":
        return reply({ seq: frame.seq });
      case "bye":
        this.#sessions.delete(session.id);
        return undefined;
      default:
        throw new Error(`The model does not know ${frame.type}.`);
    }
  }

  #hello(link: FakeLink, frame: Extract<CommandFrame, { type: "hello" }>): void {
    const position = frame.resume?.position ?? 0;
    const named = frame.resume && this.#sessions.get(frame.resume.session);
    const found = named && position >= named.start ? named : undefined;
    const session = found ?? {
      id: `s${++this.#count}`,
      buffer: new Map<number, EventFrame>(),
      position: 0,
      start: 0,
      link: undefined,
    };
    session.link = link;
    this.#sessions.set(session.id, session);
    this.#byLink.set(link, session);
    const reply = welcome({
      session: session.id,
      resumed: found !== undefined,
      syncRequired: found === undefined,
      position: found ? position : 0,
    });
    this.#later(link, () => link.reply(frame, reply));
    if (!found) return;
    for (const [at, event] of session.buffer)
      if (at > position) this.#later(link, () => link.event(event));
  }

  #send(
    link: FakeLink,
    frame: Extract<CommandFrame, { type: "send" }>,
    reply: (result: object) => void,
    busy: () => void,
  ): void {
    if (this.faults.busy > 0) {
      this.faults.busy--;
      return busy();
    }
    const { clientId, clientSeq, content } = frame;
    const message = this.#commit(frame.conversation, "alice", clientId, clientSeq, content, link);
    if (message.clientSeq !== clientSeq) throw new Error("A retry changed its number.");
    if (this.faults.lostAcks > 0) {
      this.faults.lostAcks--;
      return;
    }
    reply({
      conversation: message.conversation,
      seq: message.seq,
      messageId: message.id,
      time: message.time,
    });
  }

  #commit(
    id: string,
    sender: string,
    clientId: string,
    clientSeq: number,
    content: Message["content"],
    from: FakeLink | undefined,
  ): Message {
    const log = this.logs.get(id) ?? [];
    this.logs.set(id, log);
    const stored = log.find(
      (message) => message.clientId === clientId && message.sender === sender,
    );
    if (stored) return stored;
    const seq = log.length + 1;
    const message: Message = {
      conversation: id,
      seq,
      id: ++this.#count,
      sender,
      device: "phone",
      clientId,
      clientSeq,
      time: seq,
      kind: "text",
      content,
    };
    log.push(message);
    if (seq === 1 && !id.startsWith("d:")) this.#added(id);
    this.#announce(message, from);
    return message;
  }

  #announce(message: Message, from: FakeLink | undefined): void {
    if (this.faults.swaps > 0 && !this.#heldBack && !from) {
      this.faults.swaps--;
      this.#heldBack = message;
      return;
    }
    for (const session of this.#sessions.values()) {
      // The sending session has its acknowledgement instead.
      if (from && session.link === from) continue;
      if (this.faults.overflow > 0) {
        this.faults.overflow--;
        this.#overflow(session);
        continue;
      }
      this.#event(session, message);
      if (this.faults.duplicates > 0) {
        this.faults.duplicates--;
        this.#event(session, message);
      }
    }
    this.releaseHeldBack();
  }

  releaseHeldBack(): void {
    const late = this.#heldBack;
    this.#heldBack = undefined;
    if (late) for (const session of this.#sessions.values()) this.#event(session, late);
  }

  /** A group is announced before its first message, and even if that one is late. */
  #added(id: string): void {
    const event: EventFrame = {
      type: "conversation",
      change: "added",
      conversation: conversation({ id, kind: "group", lastSeq: 1, delivered: 1 }),
    };
    for (const session of this.#sessions.values()) this.#push(session, event);
  }

  /** The event is dropped: its position is passed over, and the client told so, if the notice arrives. */
  #overflow(session: ModelSession): void {
    const position = ++session.position;
    session.start = position;
    session.buffer.clear();
    const { link } = session;
    if (link)
      this.#later(link, () => link.event({ type: "sync_required", reason: "overflow", position }));
  }

  #event(session: ModelSession, message: Message): void {
    this.#push(session, { type: "message", message });
  }

  #push(session: ModelSession, event: EventFrame): void {
    session.buffer.set(++session.position, event);
    const { link } = session;
    if (link) this.#later(link, () => link.event(event));
  }

  #sync({
    cursors = [],
    after = "",
    messages = 20,
  }: Extract<CommandFrame, { type: "sync" }>): object {
    const had = new Map(cursors.map(({ conversation: id, seq }) => [id, seq]));
    const moved = [...this.logs]
      .filter(([id, log]) => id > after && log.length > (had.get(id) ?? 0))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const [first] = moved;
    if (!first) return { conversations: [], partial: false };
    const [id, log] = first;
    const missed = log.filter(({ seq }) => seq > (had.get(id) ?? 0));
    const shown = missed.slice(-Math.min(messages, 5));
    const kind = id.startsWith("d:") ? "direct" : "group";
    // One conversation per page, so that everything happens between pages, too.
    return {
      conversations: [
        {
          conversation: conversation({ id, kind, lastSeq: log.length }),
          messages: shown,
          partial: shown.length < missed.length,
        },
      ],
      partial: moved.length > 1,
      next: id,
    };
  }
}
