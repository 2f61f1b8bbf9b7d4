import type { Chat, Client, ConversationUpdate, Group, ReceivedMessage } from "@godwit/client";
import type { Context } from "../context.ts";
import { isMessageKey } from "../i18n/translate.ts";
import { oneLine } from "../terminal/text.ts";
import { type ChatState, isNote, loadedMax, type Line, type Room } from "./state.ts";

/** What shows a chat. */
export interface ChatView {
  /** A message came in or was acknowledged, in any conversation. */
  line(room: Room, line: Line): void;
  /** Receipts of own messages in this conversation moved. */
  progress(room: Room): void;
  /** Words of the program, possibly of several lines. */
  say(text: string): void;
  opened(room: Room): void;
  /** A message waits for the connection. */
  kept(): void;
  /** Something else that is shown has changed. */
  changed(): void;
}

/** Runs what was typed if it is a command; resolves to false if it is a message. */
export type CommandRunner = (talk: Talk, text: string) => Promise<boolean>;

export interface TalkOptions {
  readonly run: CommandRunner;
  /** Messages that were not sent are kept for the next time. */
  readonly keeps: boolean;
}

/** Conversations listed at the start; the others show up with their next message. */
const listedMax = 1_000;
/** Messages fetched when a conversation is opened, and by each look further back. */
const pageSize = 50;
/** How long leaving waits for messages that are not acknowledged yet. */
const flushMs = 5_000;
/** Profiles asked for at once; the server's bound of one page. */
const profilesMax = 50;

/** One person's chat: brings client, state and view together. Everything typed runs in order. */
export class Talk {
  readonly client: Client;
  readonly context: Context;
  readonly state: ChatState;
  readonly view: ChatView;
  readonly #options: TalkOptions;
  readonly #asked = new Set<string>();
  #unnamed: string[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #opensFirst = false;
  #ended: (code: number) => void = () => {};
  /** Last words for who has left the chat; undefined if there is nothing to say. */
  farewell: string | undefined;
  /** Settles with the exit code when the chat is over. */
  readonly over: Promise<number>;

  constructor(
    client: Client,
    context: Context,
    state: ChatState,
    view: ChatView,
    options: TalkOptions,
  ) {
    this.#options = options;
    this.client = client;
    this.context = context;
    this.state = state;
    this.view = view;
    this.over = new Promise((resolve) => (this.#ended = resolve));
  }

  /** Listens to the client, and settles when the list of conversations is there. Rejects if there will never be a connection. */
  async start(): Promise<void> {
    const { client, state, view } = this;
    const synced = new Promise<void>((resolve) => client.on("synced", resolve));
    client.on("state", (now, error) => this.#connection(now, error));
    // What no call of ours was answered with; without a listener it would end the process.
    client.on("error", (error) => {
      // That the server cannot be reached is said by the state of the connection already.
      if (error.name !== "http_failed") view.say(this.explain(error));
    });
    client.on("conversation", (update) => this.#conversation(update));
    client.on("message", (message) => this.#message(message));
    client.on("receipt", ({ conversation, own }) => {
      const room = state.room(conversation);
      if (room !== undefined && !own) view.progress(room);
      else if (room !== undefined && own) void this.#refresh(room);
    });
    client.on("presence", (presence) => {
      state.presence(presence);
      view.changed();
    });
    client.on("typing", ({ conversation, user, on }) => {
      state.typing(conversation, user, on);
      view.changed();
    });
    client.on("outbox", (update) => {
      state.waiting = client.outbox.length;
      const { entry } = update;
      const failure = update.state === "failed" ? this.explain(update.error) : undefined;
      if (update.state !== "acknowledged")
        state.pending({ ...entry, time: entry.createdAt, failure });
      if (failure !== undefined) view.say(this.context.t("chat.refused", { reason: failure }));
      view.changed();
    });
    await client.ready();
    await synced;
    // What a device has seen before is not announced to it again.
    let listed = 0;
    for await (const conversation of client.conversations()) {
      state.conversation(conversation);
      if (++listed === listedMax) break;
    }
    view.changed();
  }

  /** From now on, whoever writes first to somebody who has no conversation at all is seen, and can be answered, at once. */
  openFirst(): void {
    this.#opensFirst = true;
  }

  /** Takes a line as it was typed: a message or a command. Settles when it is done with; a failure is told, not thrown. */
  submit(text: string): Promise<void> {
    const done = this.#queue.then(() => this.#submit(text));
    this.#queue = done;
    return done;
  }

  async #submit(text: string): Promise<void> {
    try {
      if (!(await this.#options.run(this, text)) && text.trim() !== "")
        this.#send(text.startsWith("//") ? text.slice(1) : text);
    } catch (error) {
      this.view.say(this.explain(error));
    }
  }

  #send(text: string): void {
    const { current, trouble } = this.state;
    if (current === undefined) {
      this.view.say(this.context.t("chat.nobody"));
      return;
    }
    const mentions = mentioned(text);
    const sending = this.chat(current).send(mentions.length === 0 ? text : { text, mentions });
    // A failure is an `outbox` event, which says so to the user; refused before it was queued, it is said here.
    sending.catch((error: unknown) => {
      if (!current.lines.some((line) => !isNote(line) && line.clientId === sending.clientId))
        this.view.say(this.explain(error));
    });
    this.typing(false);
    if (trouble !== undefined) this.view.kept();
  }

  /** Tells the other side that this person is typing here. */
  typing(on: boolean): void {
    const { current, trouble } = this.state;
    // A direct conversation is not there before its first message.
    if (current !== undefined && current.lastSeq > 0 && trouble === undefined)
      this.chat(current).typing(on);
  }

  chat(room: Room): Chat {
    return this.client.conversation(room.id);
  }

  /** The handle of a group or channel; tells the user and gives none in a direct conversation. */
  group(): Group | undefined {
    const room = this.state.current;
    if (room !== undefined && room.kind !== "direct") return this.client.group(room.id);
    this.view.say(this.context.t("chat.not_group"));
    return undefined;
  }

  /** Makes a conversation the open one: shows its newest messages and counts them as read. */
  async open(room: Room): Promise<void> {
    const { state } = this;
    this.typing(false);
    room.newAfter = room.unread > 0 ? await this.#readUpTo(room) : undefined;
    state.current = room;
    if (room.peer !== undefined) {
      this.#learn(room.peer);
      for (const presence of await this.client.watch([room.peer])) state.presence(presence);
    }
    const first = state.oldestSeq(room);
    if (first === undefined || first > 1) await this.back(room, pageSize);
    this.markRead(room);
    this.view.opened(room);
  }

  async #readUpTo(room: Room): Promise<number | undefined> {
    return (await this.chat(room).info()).read;
  }

  /** Loads messages before those that are loaded; resolves to how many came. */
  async back(room: Room, count: number): Promise<number> {
    const before = this.state.oldestSeq(room);
    if (before === 1 || room.lines.length >= loadedMax) return 0;
    try {
      const from = before === undefined ? {} : { before };
      const page =
        (
          await this.chat(room)
            .history({ pageSize: count, ...from })
            .next()
        ).value ?? [];
      for (const message of page) {
        this.state.message(message);
        this.#learn(message.sender);
      }
      return page.length;
    } catch (error) {
      // A direct conversation exists from its first message on.
      if (!(error instanceof Error) || error.name !== "conversation_unknown") throw error;
      return 0;
    }
  }

  /** The conversation that is looked at counts as read, on every device of this user. */
  markRead(room: Room): void {
    if (room.lastSeq === 0) return;
    room.unread = 0;
    room.mentions = 0;
    // Repeated with the next message if it fails; the SDK keeps the last one for a lost connection.
    this.chat(room)
      .read(room.lastSeq)
      .catch(() => {});
  }

  /** An error in the user's language where there is a text for it, else as the server or the SDK said it. */
  explain(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const key = `chat.error.${error.name}`;
    return isMessageKey(key) ? this.context.t(key) : oneLine(error.message);
  }

  /** Ends the chat once everything sent is acknowledged, or after some seconds. Exit code 1 if something was not. */
  async quit(): Promise<void> {
    const { client, context, view, state } = this;
    const { keeps } = this.#options;
    // What is kept anyway need not be waited for while there is no connection.
    if (client.outbox.length > 0 && !(keeps && state.trouble !== undefined)) {
      view.say(context.t("chat.flushing", { count: client.outbox.length }));
      await Promise.race([this.#flushed(), new Promise((resolve) => setTimeout(resolve, flushMs))]);
    }
    const count = client.outbox.length;
    if (count > 0) this.farewell = context.t(keeps ? "chat.unsent_kept" : "chat.unsent", { count });
    await client.close();
    this.#ended(count === 0 || keeps ? 0 : 1);
  }

  #flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.client.on("outbox", () => {
        if (this.client.outbox.length === 0) resolve();
      });
      if (this.client.outbox.length === 0) resolve();
    });
  }

  #connection(now: string, error: Error | undefined): void {
    const { state, context, view } = this;
    const before = state.trouble;
    if (now === "online") state.trouble = undefined;
    else if (now === "offline") state.trouble = context.t("chat.reconnecting");
    else if (now === "closed" && error !== undefined && error.name !== "closed") {
      this.farewell = context.t("chat.closed", { reason: this.explain(error) });
      this.#ended(1);
    }
    if (before !== state.trouble) view.changed();
  }

  #conversation({ change, conversation }: ConversationUpdate): void {
    const { state, context, view } = this;
    if (change === "removed") {
      const room = state.removed(conversation.id);
      if (room !== undefined) view.say(context.t("chat.removed", { title: oneLine(room.title) }));
      return;
    }
    const room = state.conversation(conversation);
    if (room.peer !== undefined) this.#learn(room.peer);
    if (change === "added" && conversation.role !== "owner" && room.kind !== "direct")
      view.say(context.t("chat.added", { title: oneLine(room.title) }));
    view.changed();
  }

  #message(message: ReceivedMessage): void {
    const { state, view } = this;
    const line = state.message(message);
    const room = state.room(message.conversation);
    if (line === undefined || room === undefined) return;
    this.#learn(message.sender);
    if (room === state.current) this.markRead(room);
    view.line(room, line);
    if (this.#opensFirst && state.current === undefined && !line.own && state.rooms().length === 1)
      this.#queue = this.#queue
        .then(() => (state.current === undefined ? this.open(room) : undefined))
        .catch((error: unknown) => view.say(this.explain(error)));
  }

  /** Another device of this user read something: its unread count is the server's to say. */
  async #refresh(room: Room): Promise<void> {
    try {
      this.state.conversation(await this.chat(room).info());
      this.view.changed();
    } catch {
      // The next event of this conversation brings the count again.
    }
  }

  /** Finds out how a user wants to be called, many in one request. */
  #learn(user: string): void {
    if (this.#asked.has(user) || this.#asked.size > 10_000) return;
    this.#asked.add(user);
    this.#unnamed.push(user);
    if (this.#unnamed.length === 1) setTimeout(() => void this.#learned(), 20);
  }

  async #learned(): Promise<void> {
    const ids = this.#unnamed.splice(0, profilesMax);
    if (this.#unnamed.length > 0) setTimeout(() => void this.#learned(), 20);
    try {
      for (const profile of await this.client.users({ ids, limit: ids.length }))
        this.state.named(profile);
      this.view.changed();
    } catch {
      // Ids are shown instead of names; the next message asks again.
      for (const id of ids) this.#asked.delete(id);
    }
  }
}

/** Users named with `@` at the beginning of a word; `@all` means everyone. */
export function mentioned(text: string): string[] {
  const names = [...text.matchAll(/(?:^|\s)@([A-Za-z0-9][A-Za-z0-9._-]{0,63})/g)].map(([, name]) =>
    (name ?? "").replace(/[.-]+$/, ""),
  );
  return [...new Set(names.map((name) => (name === "all" ? "*" : name)))].slice(0, 50);
}
