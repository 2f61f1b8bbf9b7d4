import type { ReceivedMessage } from "@godwit/client";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Backend, TabNote } from "./backend.ts";
import type { Kept, LocalNotes } from "./cache/cache.ts";
import { modelErrors, ModelError } from "./errors.ts";
import type { LinkEvent, Snapshot } from "./link/events.ts";
import { mentionsIn } from "./mentions.ts";
import { peerOf } from "./store/chat-record.ts";
import { Chats } from "./store/chats.ts";
import { FrameBatch, type FrameClock } from "./store/frame.ts";
import { Outbox } from "./store/outbox.ts";
import { People } from "./store/people.ts";
import { PresenceBook, TypingBook } from "./store/presence.ts";
import { learnReached, type ReachPorts } from "./store/reach.ts";
import { Refresher } from "./store/refresher.ts";
import type { TimelinePorts } from "./store/timeline/timeline.ts";
import { Timelines } from "./store/timelines.ts";
import type { LinkState, SessionView } from "./types.ts";

export interface ModelEnvironment {
  readonly frames: FrameClock;
  after(ms: number, callback: () => void): () => void;
  now(): number;
}

/** How often the list of conversations is drawn anew at most, in a flood. */
const listMs = 100;
const readMs = 250;
/** Messages this far from the newest are not kept: the cache holds the newest only. */
const keptBehindMax = 500;

/** Everything that the interface shows, as stores. Events of the connection move them, once per frame; a backend is there while somebody is signed in. */
export class Model {
  readonly session: StoreApi<SessionView>;
  readonly chats: Chats;
  readonly people: People;
  readonly presence: PresenceBook;
  readonly typing = new TypingBook();
  readonly outbox: Outbox;
  readonly timelines: Timelines;
  readonly #environment: ModelEnvironment;
  readonly #refresher: Refresher;
  readonly #incoming: FrameBatch<LinkEvent>;
  readonly #delayed = new Map<string, () => void>();
  /** Told of messages of others as they come. */
  readonly #listeners = new Set<(messages: readonly ReceivedMessage[]) => void>();
  /** Told of the conversations whose members' receipts came. */
  readonly #receiptListeners = new Set<(conversations: ReadonlySet<string>) => void>();
  #backend: Backend | undefined;
  #self = "";
  #unwatchSelf: () => void = () => {};
  #untilDrawn: (() => void) | undefined;
  /** When the list was last drawn. */
  #listedAt = 0;

  constructor(environment: ModelEnvironment, phase: SessionView["phase"]) {
    this.#environment = environment;
    this.session = createStore<SessionView>(() => ({ phase, link: "connecting", queued: 0 }));
    this.#incoming = new FrameBatch(environment.frames, (events) => this.#apply(events));
    const { after, now } = environment;
    this.people = new People({
      after,
      now,
      fetch: (ids) => this.backend.call("users", { ids }),
      came: (profiles) => {
        this.#backend?.keepProfiles(profiles);
        this.chats.renamed(new Set(profiles.map(({ id }) => id)));
        this.#ownName();
      },
    });
    this.chats = new Chats({
      name: (user) => this.people.name(user),
      pending: (conversation) => this.outbox.newest(conversation),
      // At once while little happens, a few times a second in a flood.
      soon: (callback) => {
        const waitMs = this.#listedAt + listMs - now();
        const draw = (): void => {
          this.#listedAt = now();
          callback();
        };
        if (waitMs <= 0) this.#cancelDelayed("list", draw);
        else this.#delay("list", waitMs, draw);
      },
      changed: (records) => {
        if (this.#backend?.leads) this.#backend.keepChats(records);
        this.timelines.recordsMoved(records.map(({ id }) => id));
      },
      stale: (conversation) => this.#refresher.stale(conversation),
    });
    this.presence = new PresenceBook({
      after,
      watch: (users) => this.backend.watch(users),
      watched: (users) => this.people.watched(users),
    });
    this.outbox = new Outbox({
      now,
      hand: ({ key, conversation, kind, content, replyTo, mentions }) =>
        this.backend.call("send", {
          conversation,
          draft: {
            clientId: key,
            kind,
            content,
            ...(replyTo === undefined ? {} : { replyTo }),
            ...(mentions === undefined ? {} : { mentions: [...mentions] }),
          },
        }),
      cancel: (key) => this.backend.call("cancel", key),
      moved: (conversations) => this.#outgoingMoved(conversations),
      keepFailed: (outgoing) => this.#backend?.keepFailed(outgoing),
      dropFailed: (key) => {
        this.#backend?.dropFailed(key);
        this.#backend?.note({ type: "forgotten", key });
      },
    });
    this.timelines = new Timelines(
      (id) => this.#timelinePorts(id),
      (id) => void learnReached(id, this.#reachPorts),
    );
    this.#refresher = new Refresher({
      after,
      chats: this.chats,
      backend: () => this.#backend,
      watched: () => this.timelines.watched,
    });
  }

  /** @throws ModelError `signed_out` while nobody is signed in */
  get backend(): Backend {
    if (!this.#backend) throw new ModelError(modelErrors.signedOut);
    return this.#backend;
  }

  /** Whether this tab holds the connection. */
  get leads(): boolean {
    return this.#backend?.leads ?? false;
  }

  get self(): string {
    return this.#self;
  }

  /** Somebody is signed in: shows what was kept of them, and takes the backend into use. */
  begin(user: string, kept: Kept, backend: Backend): void {
    this.#self = user;
    this.#backend = backend;
    // Those that were asked for before anybody was known.
    this.timelines.clear();
    this.people.restore(kept.profiles);
    this.chats.restore(user, kept.chats, kept.notes);
    this.outbox.restore(kept.failed);
    this.session.setState({ phase: "ready", user, link: "connecting", queued: 0 }, true);
    this.people.want(user);
    this.#ownName();
    // Another device of theirs may give them another name.
    this.#unwatchSelf = this.presence.look(user);
  }

  /** What is kept has been drawn: what else the page needs may be fetched now. */
  drawn(): void {
    const waiting = this.#untilDrawn;
    this.#untilDrawn = undefined;
    waiting?.();
  }

  /** Calls back once when what is kept has been drawn, and after `ms` in any case. */
  whenDrawn(ms: number, callback: () => void): void {
    this.#untilDrawn = callback;
    this.#environment.after(ms, () => {
      if (this.#untilDrawn === callback) this.drawn();
    });
  }

  /** The connection could not even be begun. */
  unreachable(): void {
    this.#linkState("offline");
  }

  /** Nobody is signed in any more: forgets everything. */
  end(notice?: string): void {
    this.#backend = undefined;
    this.#self = "";
    this.#untilDrawn = undefined;
    this.#unwatchSelf();
    this.#incoming.flush();
    for (const cancel of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.chats.clear();
    this.people.clear();
    this.presence.clear();
    this.typing.replace([]);
    this.outbox.clear();
    this.timelines.clear();
    this.session.setState(
      { phase: "signed_out", link: "offline", queued: 0, ...(notice && { notice }) },
      true,
    );
  }

  /** Events of the connection; applied together with the next frame. */
  take(events: readonly LinkEvent[]): void {
    this.#incoming.push(events);
  }

  /** Where things stand, when a connection is there or another tab leads. */
  attached(snapshot: Snapshot): void {
    this.#incoming.flush();
    for (const entry of snapshot.outbox) this.outbox.apply({ state: "queued", entry });
    this.outbox.attached(new Set(snapshot.outbox.map(({ clientId }) => clientId)));
    this.typing.replace(snapshot.typing);
    this.presence.came(snapshot.presences);
    this.presence.attached();
    this.#linkState(snapshot.state === "closed" ? "offline" : snapshot.state, true);
  }

  /** Calls back with messages as they come. */
  onMessages(listener: (messages: readonly ReceivedMessage[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back with the conversations of which others' receipts came. */
  onReceipts(listener: (conversations: ReadonlySet<string>) => void): () => void {
    this.#receiptListeners.add(listener);
    return () => void this.#receiptListeners.delete(listener);
  }

  /** What another tab says. */
  heard(note: TabNote): void {
    if (note.type === "notes") this.chats.setNotes(note.notes);
    else this.outbox.forget(note.key);
  }

  /** Queues a message. Whoever is named in it by `@` and id, and is known here, counts as mentioned. */
  send(id: string, text: string, options: { replyTo?: number }): void {
    const people = this.people.view.getState();
    const role = this.chats.record(id)?.role;
    const mentions = mentionsIn(text, {
      known: (user) => user !== this.#self && people.has(user),
      mayAll: peerOf(id, this.#self) === undefined && (role === "owner" || role === "admin"),
    });
    this.outbox.send(id, text, { ...options, mentions });
  }

  markRead(id: string, seq: number): void {
    const record = this.chats.record(id);
    if (!record || seq <= record.read) return;
    this.chats.read(id, seq);
    this.#delay(`read ${id}`, readMs, () => {
      const read = this.chats.record(id)?.read ?? 0;
      // The connection keeps it until the server knows; what is lost with the page is told again at the next start.
      this.#backend?.call("read", { conversation: id, seq: read }).catch(() => {});
    });
  }

  setNotes(id: string, change: Partial<Omit<LocalNotes, "id">>): void {
    const notes = { ...this.chats.notes(id), ...change };
    this.chats.setNotes(notes);
    // At once: the composer gathers keystrokes itself, and a page that goes away now keeps what was begun before.
    this.#backend?.keepNotes(notes);
    this.#backend?.note({ type: "notes", notes });
  }

  #apply(events: readonly LinkEvent[]): void {
    this.chats.apply(events);
    const messages: ReceivedMessage[] = [];
    for (const event of events) {
      if (event.type === "message") messages.push(event.message);
      else if (event.type === "outbox") this.outbox.apply(event.update);
      else if (event.type === "state" && event.state !== "closed") this.#linkState(event.state);
    }
    this.typing.apply(events.flatMap((event) => (event.type === "typing" ? event.typing : [])));
    this.presence.came(
      events.flatMap((event) => (event.type === "presence" ? event.presence : [])),
    );
    this.#tellReceipts(events);
    const renamed = events.flatMap((event) => {
      if (event.type !== "presence" || event.presence.name === undefined) return [];
      return { user: event.presence.user, name: event.presence.name };
    });
    if (renamed.length > 0) this.people.met(renamed);
    if (messages.length === 0) return;
    for (const { own, clientId } of messages) if (own) this.outbox.forget(clientId);
    this.timelines.arrived(messages);
    if (this.#backend?.leads) this.#backend.keepMessages(messages);
    for (const listener of this.#listeners) listener(messages);
  }

  #tellReceipts(events: readonly LinkEvent[]): void {
    if (this.#receiptListeners.size === 0) return;
    const moved = events.flatMap((event) =>
      event.type === "receipt" && !event.receipt.own ? event.receipt.conversation : [],
    );
    if (moved.length > 0) for (const listener of this.#receiptListeners) listener(new Set(moved));
  }

  #linkState(state: LinkState, anew = false): void {
    const before = this.session.getState().link;
    if (before !== state) this.session.setState({ link: state });
    if (state !== "online" || (before === "online" && !anew)) return;
    this.people.online();
    this.timelines.online();
    this.#refresher.online();
    for (const id of this.timelines.watched) void learnReached(id, this.#reachPorts);
  }

  get #reachPorts(): ReachPorts {
    return {
      self: this.#self,
      record: (id) => this.chats.record(id),
      rows: (id) => this.timelines.get(id).view.getState().items,
      receipts: (query) => this.backend.call("receipts", query),
      reached: (id, reached) => this.chats.reached(id, reached),
    };
  }

  /** Does at once what may be waiting under a name. */
  #cancelDelayed(name: string, instead: () => void): void {
    this.#delayed.get(name)?.();
    this.#delayed.delete(name);
    instead();
  }

  #outgoingMoved(conversations: ReadonlySet<string>): void {
    this.chats.pendingMoved(conversations);
    this.timelines.outgoingMoved(conversations);
    const { queued } = this.outbox;
    if (this.session.getState().queued !== queued) this.session.setState({ queued });
  }

  #ownName(): void {
    const { user, name } = this.session.getState();
    const own = user === undefined ? undefined : this.people.view.getState().get(user)?.name;
    if (own !== undefined && own !== name) this.session.setState({ name: own });
  }

  #timelinePorts(id: string): TimelinePorts {
    return {
      self: this.#self,
      direct: peerOf(id, this.#self) !== undefined,
      page: (range) => this.backend.call("page", { conversation: id, ...range }),
      run: (to, limit) => this.backend.run(id, to, limit),
      record: () => this.chats.record(id),
      outgoing: () => this.outbox.of(id),
      keep: (messages) => {
        const newest = this.chats.record(id)?.lastSeq ?? 0;
        const near = messages.filter(({ seq }) => seq > newest - keptBehindMax);
        this.#backend?.keepMessages(near);
      },
    };
  }

  /** Calls back once after `ms`; a second wish under the same name, meanwhile, is the same. */
  #delay(name: string, ms: number, callback: () => void): void {
    if (this.#delayed.has(name)) return;
    const cancel = this.#environment.after(ms, () => {
      this.#delayed.delete(name);
      callback();
    });
    this.#delayed.set(name, cancel);
  }
}
