import { expect, test } from "bun:test";
import { emitKeypressEvents } from "node:readline";
import { PassThrough } from "node:stream";
import { LineEditor, type Key } from "./editor.ts";

/** Types bytes as a terminal sends them; returns what was submitted and leaves the rest in the editor. */
function type(editor: LineEditor, bytes: string): string[] {
  const submitted: string[] = [];
  const input = new PassThrough();
  emitKeypressEvents(input);
  input.on("keypress", (typed: string | undefined, key: Key) => {
    if (editor.key(typed, key) === "submit") submitted.push(editor.take());
  });
  input.emit("data", Buffer.from(bytes));
  return submitted;
}

const left = "\x1b[D";
const up = "\x1b[A";
const down = "\x1b[B";

test("types, moves and corrects", () => {
  const editor = new LineEditor();
  type(editor, `helo${left}l\x05!`);
  expect(editor.text).toBe("hello!");
  type(editor, "\x7f\x01X");
  expect([editor.before, editor.after]).toEqual(["X", "hello"]);
});

test("backspace takes one character as a reader sees it", () => {
  const editor = new LineEditor();
  type(editor, "你👨‍👩‍👧é");
  type(editor, "\x7f");
  expect(editor.text).toBe("你👨‍👩‍👧");
  type(editor, "\x7f");
  expect(editor.text).toBe("你");
});

test("return submits, and the arrows bring lines back with the draft at the end", () => {
  const editor = new LineEditor();
  expect(type(editor, "one\rtwo\r")).toEqual(["one", "two"]);
  type(editor, `dra${up}${up}`);
  expect(editor.text).toBe("one");
  type(editor, `${up}${down}${down}`);
  expect(editor.text).toBe("dra");
});

test("a pasted text with line ends is one message, not several", () => {
  const editor = new LineEditor();
  expect(type(editor, "\x1b[200~a\nb\r\tc\x1b[201~")).toEqual([]);
  expect(editor.text).toBe("a\nb\n c");
  expect(type(editor, "\r")).toEqual(["a\nb\n c"]);
});

test("words are cut and jumped over", () => {
  const editor = new LineEditor();
  type(editor, "one two  three\x17");
  expect(editor.text).toBe("one two  ");
  type(editor, "\x1b[1;5D\x0b");
  expect(editor.text).toBe("one ");
  type(editor, "\x15");
  expect(editor.text).toBe("");
});

test("control characters are not text, and the line is bounded", () => {
  const editor = new LineEditor();
  type(editor, "a\x07\x1b\x1bb");
  expect(editor.text).toBe("a");
  editor.set("");
  for (let i = 0; i < 40; i++) editor.insert("x".repeat(1_000));
  expect(editor.text.length).toBeLessThanOrEqual(32_768);
});
