/** The documents say what is there: links lead somewhere, commands exist, and both languages show the same. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json" with { type: "json" };

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["", "docs", "docs/protocols", "docs/zh-CN/protocols", "bench", "packages/client"];
const documents = [...folders, "examples"]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith(".md"));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const withoutCode = (text: string) =>
  text.replaceAll(/```[\s\S]*?```/g, "").replaceAll(/`[^`\n]*`/g, "");

interface Heading {
  readonly level: number;
  readonly title: string;
}

function headings(text: string): Heading[] {
  const prose = text.replaceAll(/```[\s\S]*?```/g, "");
  return [...prose.matchAll(/^(#+) (.+)$/gm)].map(([, marks = "", title = ""]) => ({
    level: marks.length,
    title,
  }));
}

/** The anchor that code hosts give a heading: lower case, punctuation dropped, blanks as dashes. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

/** Links of a document that lead nowhere. */
function brokenLinks(path: string, text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = "", fragment] = target.split("#");
      const linked = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, linked))) return true;
      return (
        fragment !== undefined &&
        !headings(read(linked)).some(({ title }) => anchor(title) === fragment)
      );
    });
}

/** The code blocks of a document, without comments: those are in the reader's language. */
function blocks(text: string): string[] {
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, code = ""]) =>
    [language, ...code.split("\n").map((line) => line.replace(/\s*(#|\/\/) .*$/, ""))].join("\n"),
  );
}

describe("links", () => {
  for (const path of documents) test(path, () => expect(brokenLinks(path, read(path))).toEqual([]));

  test("broken ones are found", () => {
    const text =
      "# A b!\n[a](nowhere.md) [b](#a-b) [c](README.md#nowhere) [d](https://example.org) `[e](code.md)`";
    expect(brokenLinks("CONTRIBUTING.md", text)).toEqual([
      "nowhere.md",
      "#a-b",
      "README.md#nowhere",
    ]);
    expect(brokenLinks("README.md", "[ok](#read-on) [ok](docs/operations.md#backup)")).toEqual([]);
  });
});

describe("README.md and README.zh-CN.md", () => {
  const [english, chinese] = [read("README.md"), read("README.zh-CN.md")];

  test("have the same headings, level by level", () => {
    expect(headings(chinese).map(({ level }) => level)).toEqual(
      headings(english).map(({ level }) => level),
    );
  });

  test("show the same commands and programs", () => {
    expect(blocks(chinese)).toEqual(blocks(english));
    expect(blocks(english).length).toBeGreaterThan(4);
  });

  test("have tables with as many rows", () => {
    const rows = (text: string) => text.split("\n").filter((line) => line.startsWith("|")).length;
    expect(rows(chinese)).toBe(rows(english));
  });

  test("open with the two commands", () => {
    for (const text of [english, chinese])
      expect(text.slice(0, 900)).toMatch(/npm start.*\nnpm test/);
  });
});

describe("commands", () => {
  for (const path of documents)
    test(path, () => {
      const text = read(path);
      const scripts = [...text.matchAll(/\bnpm run ([a-z-]+)/g)].map(([, name = ""]) => name);
      expect(scripts.filter((name) => !(name in packageJson.scripts))).toEqual([]);
      const programs = [...text.matchAll(/\b((?:scripts|\.ci)\/[\w.-]+)/g)].map(
        ([, file = ""]) => file,
      );
      expect(programs.filter((file) => !existsSync(join(root, file.replace(/\.$/, ""))))).toEqual(
        [],
      );
    });

  test("subcommands of godwit exist", () => {
    const known = read("packages/cli/src/main.ts") + read("packages/cli/src/i18n/en.ts");
    const named = documents.flatMap((path) =>
      [...read(path).matchAll(/\bgodwit ([a-z]+)\b/g)].map(([, name = ""]) => name),
    );
    const commands = new Set([
      "serve",
      "chat",
      "user",
      "token",
      "config",
      "doctor",
      "bench",
      "drill",
    ]);
    for (const name of commands) expect(known).toContain(`help.${name}`);
    const code = documents.flatMap((path) =>
      [...read(path).matchAll(/`(?:npx )?godwit ([a-z]+)/g)].map(([, name = ""]) => name),
    );
    expect(code.filter((name) => !commands.has(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});
