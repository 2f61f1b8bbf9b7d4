import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, type Clock } from "../lib/clock.ts";
import { WordFilter } from "./filter.ts";
import type { Moderator, Reviewed } from "./port.ts";
import { parseWords, WordFileError, wordFileLimits } from "./word-file.ts";
import { judge, openWordModerator, type Reloaded } from "./word-moderator.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-words-"));
});
afterAll(() => rm(folder, { recursive: true }));

const message = (text: unknown, kind: Reviewed["kind"] = "text"): Reviewed => ({
  conversation: "d:alice:bob",
  sender: "alice",
  kind,
  content: JSON.stringify({ text, lang: "en" }),
});
const words = new WordFilter(["shit", "holy shit", "法轮功"]);

test("reject refuses a text with a word", () => {
  expect(judge(words, message("oh sh1t"), "reject")).toEqual({ action: "reject" });
  expect(judge(words, message("oh well"), "reject")).toEqual({ action: "allow" });
});

test("mask puts stars in place of the word and leaves the rest of the content", () => {
  const masked = (text: string) => {
    const verdict = judge(words, message(text), "mask");
    return verdict.action === "replace" ? (JSON.parse(verdict.content) as unknown) : verdict.action;
  };
  expect(masked("oh s.h.i.t, no")).toEqual({ text: "oh ****, no", lang: "en" });
  expect(masked("法 轮 功 and shit")).toEqual({ text: "*** and ****", lang: "en" });
  expect(masked("holy shit!")).toEqual({ text: "********!", lang: "en" });
  expect(masked("fine")).toBe("allow");
});

test("only the text of text messages is looked into", () => {
  expect(judge(words, message("shit", "custom"), "reject")).toEqual({ action: "allow" });
  expect(judge(words, message(7), "reject")).toEqual({ action: "allow" });
  expect(judge(words, { ...message(""), content: `{"caption":"shit"}` }, "reject")).toEqual({
    action: "allow",
  });
});

test("a list has bounds, comments, and no repetitions", () => {
  expect(parseWords("\ufeff# swear words\r\nshit\r\n\r\n  damn \nshit\n", "list")).toEqual([
    "shit",
    "damn",
  ]);
  expect(() => parseWords(`ok\n${"x".repeat(wordFileLimits.wordLengthMax + 1)}`, "list")).toThrow(
    "list, line 2",
  );
  const many = Array.from({ length: wordFileLimits.wordsMax + 1 }, (_, index) => `w${index}`).join(
    "\n",
  );
  expect(() => parseWords(many, "list")).toThrow(WordFileError);
});

test("a server with an unusable list does not start", async () => {
  const open = (wordFile: string) =>
    openWordModerator(
      { wordFile, action: "reject", reloadMs: 1_000 },
      systemClock,
      () => undefined,
    );
  expect(open(join(folder, "none"))).rejects.toThrow(WordFileError);
  const binary = join(folder, "binary");
  await writeFile(binary, Uint8Array.of(0xff, 0xfe, 0x00));
  expect(open(binary)).rejects.toThrow("not UTF-8");
  const empty = join(folder, "dots");
  await writeFile(empty, "...\n");
  expect(open(empty)).rejects.toThrow("Nothing is left");
});

test("a changed file is taken over; a broken or missing one is told once and changes nothing", async () => {
  const wordFile = join(folder, "words");
  let version = 1_000;
  const write = async (text: string) => {
    await writeFile(wordFile, text);
    await utimes(wordFile, version, (version += 1));
  };
  await write("shit");
  // A clock whose timers fire by hand.
  const timer: { fire: (() => void) | undefined } = { fire: undefined };
  const clock: Clock = {
    ...systemClock,
    after(_, callback) {
      timer.fire = callback;
      return () => (timer.fire = undefined);
    },
  };
  const told: Reloaded[] = [];
  const moderator: Moderator = await openWordModerator(
    { wordFile, action: "reject", reloadMs: 1_000 },
    clock,
    (reloaded) => told.push(reloaded),
  );
  const look = async () => {
    const { fire } = timer;
    timer.fire = undefined;
    fire?.();
    while (timer.fire === undefined) await new Promise(setImmediate);
  };
  const verdict = (text: string) => moderator.review([message(text)])[0]?.action;

  await look();
  expect([verdict("shit"), verdict("damn"), told.length]).toEqual(["reject", "allow", 0]);
  await write("damn");
  await look();
  expect([verdict("shit"), verdict("damn")]).toEqual(["allow", "reject"]);
  expect(told).toEqual([{ words: 1 }]);

  await write("...");
  await look();
  await look();
  await rm(wordFile);
  await look();
  await look();
  expect(verdict("damn")).toBe("reject");
  expect(told.slice(1).map((one) => "error" in one && one.error.name)).toEqual([
    "WordFileError",
    "WordFileError",
  ]);

  await write("shit");
  await look();
  expect(verdict("shit")).toBe("reject");
  moderator.close();
  expect(timer.fire).toBeUndefined();
});
