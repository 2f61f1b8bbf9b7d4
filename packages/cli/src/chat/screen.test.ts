import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import type { Message } from "@godwit/protocol";
import { testContext } from "../testing.ts";
import { ScreenView } from "./screen.ts";
import { ChatState, type Room } from "./state.ts";
import type { Talk } from "./talk.ts";

/** A terminal of which the test is both sides: it types, and reads the rows that are shown. */
class FakeTerminal {
  readonly input = Object.assign(new PassThrough(), {
    isTTY: true,
    raw: false,
    setRawMode(on: boolean) {
      this.raw = on;
      return this;
    },
  });
  readonly output = {
    columns: 60,
    rows: 8,
    write: (text: string) => this.#write(text),
    on: () => this.output,
    off: () => this.output,
  };
  readonly rows: string[] = [];
  written: string[] = [];
  #waiting: (() => void)[] = [];

  #write(text: string): boolean {
    this.written.push(text);
    for (const part of text.replaceAll("\x1b", "").split("[K")) {
      const [, row, content = ""] = /\[(\d+);1H\[0m(.*)\[0m$/.exec(part) ?? [];
      if (row !== undefined) this.rows[Number(row) - 1] = content.trimEnd();
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
    return true;
  }

  rowsWritten(): number {
    return this.written.join("").split("\x1b[K").length - 1;
  }

  type(bytes: string): void {
    this.input.write(bytes);
  }

  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.rows.join("\n")))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const message = (conversation: string, sender: string, text: string, seq = 1): Message => ({
  conversation,
  sender,
  seq,
  id: seq,
  device: "d",
  clientId: `${conversation}${seq}`,
  clientSeq: seq,
  time: 1_795_000_000_000 + seq,
  kind: "text",
  content: { text },
});

/** A running view with two conversations, and what it asked of the talk. */
function start(terminal = new FakeTerminal()) {
  const state = new ChatState("alice");
  state.message(message("d:alice:bob", "bob", "hello from bob"));
  state.message(message("d:alice:carol", "carol", "hello from carol"));
  const view = new ScreenView(
    testContext(),
    state,
    () => ({ delivered: 0, read: 0 }),
    terminal.output as unknown as NodeJS.WriteStream,
  );
  const submitted: string[] = [];
  const typing: boolean[] = [];
  let end = (_code: number): void => {};
  const over = new Promise<number>((resolve) => (end = resolve));
  const open = (room: Room): Promise<void> => {
    state.current = room;
    room.unread = 0;
    view.opened(room);
    return Promise.resolve();
  };
  const talk = {
    over,
    open,
    quit: () => end(0),
    submit: (text: string) => submitted.push(text),
    typing: (on: boolean) => typing.push(on),
    back: () => Promise.resolve(0),
    explain: String,
  };
  const running = view.run(talk as unknown as Talk, terminal.input as unknown as NodeJS.ReadStream);
  return { state, terminal, view, submitted, typing, open, running };
}

test("takes the terminal over and gives it back as it was", async () => {
  const { terminal, running } = start();
  await terminal.shows(/bob 1 {2}carol 1/);
  expect(terminal.input.raw).toBe(true);
  terminal.type("\x03");
  expect(await running).toBe(0);
  expect(terminal.input.raw).toBe(false);
  expect(terminal.written[0]).toContain("\x1b[?1049h");
  expect(terminal.written.at(-1)).toContain("\x1b[?1049l");
});

test("works on an input that a prompt left paused", async () => {
  const terminal = new FakeTerminal();
  terminal.input.pause();
  const { running } = start(terminal);
  terminal.type("x");
  await terminal.shows(/› x/);
  terminal.type("\x03\x03");
  expect(await running).toBe(0);
});

test("return submits, a paste does not, Ctrl-C clears before it leaves", async () => {
  const { terminal, submitted, typing, running } = start();
  terminal.type("hi there\r\x1b[200~two\nlines\x1b[201~");
  await terminal.shows(/› two⏎lines/);
  expect(submitted).toEqual(["hi there"]);
  expect(typing).toContain(true);
  terminal.type("\x03");
  await terminal.shows(/› *$/);
  terminal.type("/he\t\r\x04");
  expect(await running).toBe(0);
  expect(submitted).toEqual(["hi there", "/help "]);
});

test("Tab goes to what is unread, and each conversation keeps its draft", async () => {
  const { state, terminal, open, running } = start();
  await open(state.room("d:alice:bob")!);
  await terminal.shows(/hello from bob/);
  terminal.type("a draft for bob");
  await terminal.shows(/› a draft for bob/);
  terminal.type("\x10");
  await terminal.shows(/hello from carol/);
  await terminal.shows(/› *$/);
  terminal.type("\x0e");
  await terminal.shows(/› a draft for bob/);
  terminal.type("\x03");
  terminal.type("\t");
  await terminal.shows(/hello from carol/);
  terminal.type("\x03");
  expect(await running).toBe(0);
});

test("only rows that changed are written, and a new size paints everything", async () => {
  const { state, terminal, view, open, running } = start();
  await open(state.room("d:alice:bob")!);
  await terminal.shows(/hello from bob/);
  terminal.written = [];
  state.message(message("d:alice:bob", "bob", "one more", 2));
  view.line(state.room("d:alice:bob")!);
  await terminal.shows(/one more/);
  expect(terminal.rowsWritten()).toBeLessThanOrEqual(4);
  terminal.written = [];
  terminal.type("\x0c");
  await terminal.shows(/one more/);
  while (terminal.written.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(terminal.rowsWritten()).toBe(8);
  terminal.type("\x03");
  expect(await running).toBe(0);
});
