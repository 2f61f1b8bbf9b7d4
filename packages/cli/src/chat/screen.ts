import { emitKeypressEvents } from "node:readline";
import type { Context } from "../context.ts";
import { LineEditor, type Key } from "../terminal/editor.ts";
import { commandNames } from "./commands.ts";
import type { Reached } from "./marks.ts";
import { paint } from "./paint.ts";
import type { ChatState, Room } from "./state.ts";
import type { ChatView, Talk } from "./talk.ts";

/** Paints at most this often; what changes in between is painted together. */
const frameMs = 16;

/** Alternate screen, bracketed paste, no cursor blinking about while painting (ECMA-48 and xterm's private modes). */
const enter = "\x1b[?1049h\x1b[?2004h\x1b[H\x1b[2J";
const leave = "\x1b[?2004l\x1b[?25h\x1b[0m\x1b[?1049l";
/** Synchronised update: terminals that know it show the frame at once, the others ignore it. */
const beginFrame = "\x1b[?2026h\x1b[?25l";
const endFrame = "\x1b[?25h\x1b[?2026l";

/** The chat on the whole terminal. Only rows that changed are written. */
export class ScreenView implements ChatView {
  readonly #context: Context;
  readonly #state: ChatState;
  readonly #reached: Reached;
  readonly #output: NodeJS.WriteStream;
  readonly #editor = new LineEditor();
  readonly #drafts = new Map<string, string>();
  #room: Room | undefined;
  #scroll = 0;
  #shown: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading = false;
  #active = false;
  #words: string[] = [];

  constructor(context: Context, state: ChatState, reached: Reached, output: NodeJS.WriteStream) {
    this.#context = context;
    this.#state = state;
    this.#reached = reached;
    this.#output = output;
  }

  line(room: Room): void {
    // Someone who reads older messages is not pulled away from them.
    if (room === this.#state.current && this.#scroll > 0) this.#scroll++;
    this.changed();
  }

  progress(): void {
    this.changed();
  }

  say(text: string): void {
    const room = this.#state.current;
    if (room === undefined) this.#words = [...this.#words, ...text.split("\n")].slice(-200);
    else this.#state.note(room, text);
    this.#scroll = 0;
    this.changed();
  }

  opened(room: Room): void {
    if (room !== this.#room) {
      // Each conversation keeps what was begun to be written in it.
      if (this.#room !== undefined) this.#drafts.set(this.#room.id, this.#editor.text);
      if (this.#room !== undefined || this.#drafts.has(room.id))
        this.#editor.set(this.#drafts.get(room.id) ?? "");
      this.#room = room;
      this.#scroll = 0;
    }
    this.changed();
  }

  /** The status row counts what waits. */
  kept(): void {
    this.changed();
  }

  changed(): void {
    if (!this.#active) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#paint();
    }, frameMs);
  }

  /** Takes over the terminal until the chat is over, and gives it back however that comes about. */
  async run(talk: Talk, input: NodeJS.ReadStream): Promise<number> {
    emitKeypressEvents(input);
    const onKey = (typed: string | undefined, key: Key) => this.#key(talk, typed, key);
    const onResize = () => {
      this.#shown = [];
      this.changed();
    };
    const restore = () => this.#output.write(leave);
    const stop = () => void talk.quit();
    input.setRawMode(true);
    input.on("keypress", onKey);
    // Prompts before the chat leave their input paused.
    input.resume();
    this.#output.on("resize", onResize);
    process.on("exit", restore);
    process.on("SIGTERM", stop).on("SIGHUP", stop);
    // Relative times and "last seen" move on by themselves.
    const minute = setInterval(() => this.changed(), 30_000);
    this.#output.write(enter);
    this.#active = true;
    this.changed();
    try {
      return await talk.over;
    } finally {
      this.#active = false;
      clearTimeout(this.#timer);
      clearInterval(minute);
      input.off("keypress", onKey);
      this.#output.off("resize", onResize);
      process.off("exit", restore).off("SIGTERM", stop).off("SIGHUP", stop);
      input.setRawMode(false);
      input.pause();
      restore();
    }
  }

  #key(talk: Talk, typed: string | undefined, key: Key): void {
    if (!this.#command(talk, key)) {
      const edited = this.#editor.key(typed, key);
      if (edited === "submit") {
        const text = this.#editor.take();
        this.#scroll = 0;
        void talk.submit(text);
      } else if (edited === "changed") {
        const text = this.#editor.text;
        talk.typing(text !== "" && !/^\/(?!\/)/.test(text));
      }
    }
    this.changed();
  }

  /** Keys that are not about the text being written. True if it was one. */
  #command(talk: Talk, key: Key): boolean {
    const { rows } = this.#output;
    if (key.ctrl === true && key.name === "c") {
      if (this.#editor.text === "") void talk.quit();
      else this.#editor.set("");
    } else if (key.ctrl === true && key.name === "d" && this.#editor.text === "") void talk.quit();
    else if (key.ctrl === true && key.name === "l") this.#shown = [];
    else if (key.name === "pageup") this.#scrollBy(talk, Math.max(1, rows - 4));
    else if (key.name === "pagedown") this.#scrollBy(talk, -Math.max(1, rows - 4));
    else if (key.name === "escape") this.#scroll = 0;
    else if (key.name === "tab") this.#tab(talk, key);
    else if (key.ctrl === true && (key.name === "n" || key.name === "p"))
      this.#switch(talk, key.name === "n" ? 1 : -1);
    else if (key.meta === true && /^[1-9]$/.test(key.name ?? ""))
      this.#openAt(talk, Number(key.name) - 1);
    else return false;
    return true;
  }

  /** Completes a command or a user's name; with nothing written goes to the next conversation, unread ones first. */
  #tab(talk: Talk, key: Key & { readonly shift?: boolean }): void {
    const text = this.#editor.before;
    if (text === "") {
      const unread = this.#state
        .rooms()
        .find((room) => room.unread > 0 && room !== this.#state.current);
      if (unread !== undefined && key.shift !== true) void this.#open(talk, unread);
      else this.#switch(talk, key.shift === true ? -1 : 1);
      return;
    }
    const [, word = ""] = /(\S+)$/.exec(text) ?? [];
    const users = this.#state
      .rooms()
      .flatMap((room) => [
        ...(room.peer === undefined ? [room.title] : [room.peer]),
        ...room.lines.flatMap((line) => ("sender" in line ? [line.sender] : [])),
      ]);
    const known =
      text === word && word.startsWith("/")
        ? commandNames.map((name) => `/${name}`)
        : [...new Set(users)].map((user) => (word.startsWith("@") ? `@${user}` : user));
    const match =
      word === "" ? undefined : known.find((name) => name.startsWith(word) && name !== word);
    if (match !== undefined) this.#editor.insert(`${match.slice(word.length)} `);
  }

  #switch(talk: Talk, step: number): void {
    const rooms = this.#state.rooms();
    const at = rooms.findIndex((room) => room === this.#state.current);
    this.#openAt(talk, (at + step + rooms.length) % Math.max(1, rooms.length));
  }

  #openAt(talk: Talk, index: number): void {
    const room = this.#state.rooms()[index];
    if (room !== undefined && room !== this.#state.current) void this.#open(talk, room);
  }

  async #open(talk: Talk, room: Room): Promise<void> {
    try {
      await talk.open(room);
    } catch (error) {
      this.say(talk.explain(error));
    }
  }

  /** Scrolls, and fetches older messages when the oldest loaded one is reached. */
  #scrollBy(talk: Talk, rows: number): void {
    const room = this.#state.current;
    this.#scroll = Math.max(0, this.#scroll + rows);
    this.#paint();
    if (rows < 0 || room === undefined || this.#loading) return;
    this.#loading = true;
    talk
      .back(room, 50)
      .catch((error: unknown) => this.say(talk.explain(error)))
      .finally(() => {
        this.#loading = false;
        this.changed();
      });
  }

  #paint(): void {
    if (!this.#active) return;
    const { columns, rows } = this.#output;
    const scene = {
      state: this.#state,
      words: this.#words,
      before: this.#editor.before,
      after: this.#editor.after,
      scroll: this.#scroll,
      reached: this.#reached,
    };
    const frame = paint(this.#context, scene, columns, rows);
    this.#scroll = frame.scroll;
    const changed = frame.rows
      .map((row, index) =>
        row === this.#shown[index] ? "" : `\x1b[${index + 1};1H\x1b[0m${row}\x1b[0m\x1b[K`,
      )
      .join("");
    this.#shown = frame.rows;
    this.#output.write(
      `${beginFrame}${changed}\x1b[${frame.cursorRow + 1};${frame.cursorColumn + 1}H${endFrame}`,
    );
  }
}
