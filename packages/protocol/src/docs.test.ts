/** docs/protocol.md and the tables of the code say the same, in both directions. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fieldRows, shapes, stringForms, words } from "../scripts/describe.ts";
import { closeCodes, shouldReconnect } from "./close.ts";
import { countedEvents } from "./counted.ts";
import { errors } from "./errors.ts";
import { limits } from "./limits.ts";
import { commands, contents, ErrorReply, events } from "./schemas.ts";

const text = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
const chapters = sections(text, "## ");

/** The parts that begin with a heading of this level, by heading. */
function sections(markdown: string, level: string): Map<string, string> {
  const parts = markdown.split(new RegExp(`^${level}`, "m")).slice(1);
  return new Map(
    parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n"))]),
  );
}

function chapter(name: string): string {
  const found = chapters.get(name);
  if (found === undefined) throw new Error(`The document has no chapter ${name}.`);
  return found;
}

/** The tables of a part, each as rows of cells without the heading; backticks are left out. */
function tables(markdown: string): string[][][] {
  const found: string[][][] = [];
  let open = false;
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("|")) {
      open = false;
      continue;
    }
    if (!open) found.push([]);
    open = true;
    const cells = line.slice(1, -1).split(/(?<!\\)\|/);
    found.at(-1)?.push(cells.map((cell) => cell.trim().replaceAll("`", "").replaceAll("\\|", "|")));
  }
  return found.map((rows) => rows.slice(2));
}

/** The columns of the code's side: name, type, required. The meaning is the document's own, but must be there. */
function expectFields(part: string, schema: object): void {
  const rows = fieldRows(schema).map(({ name, type, required }) => [
    name,
    type,
    required ? "yes" : "no",
  ]);
  const [documented = []] = tables(part);
  expect(documented.map((row) => row.slice(0, 3))).toEqual(rows);
  for (const [name, , , meaning] of documented) expect(`${name}: ${meaning}`).toMatch(/: .+\.$/);
}

describe("commands", () => {
  const documented = sections(chapter("Commands"), "### ");

  test("are those of the code, in its order", () => {
    expect([...documented.keys()]).toEqual(Object.keys(commands));
  });

  test.each(Object.entries(commands))(
    "%s has the fields of the code",
    (name, { params, result }) => {
      const [before = "", after = ""] = (documented.get(name) ?? "").split(
        /^(?:Result:|Empty result\.)$/m,
      );
      expectFields(before, params);
      expectFields(after, result);
      expect(before.includes("No parameters.")).toBe(Object.keys(params.properties).length === 0);
    },
  );
});

describe("events", () => {
  const documented = sections(chapter("Events"), "### ");

  test("are those of the code, in its order", () => {
    expect([...documented.keys()]).toEqual(Object.keys(events));
  });

  test.each(Object.entries(events))("%s has the fields of the code", (name, schema) => {
    expectFields(documented.get(name) ?? "", schema);
  });

  test("that are counted are named", () => {
    const [, names = ""] = /Counted events: (.*?);/.exec(chapter("Events")) ?? [];
    expect(names.replaceAll("`", "").split(", ")).toEqual([...countedEvents]);
  });
});

describe("shapes", () => {
  const documented = sections(chapter("Shapes"), "### ");

  test("are those of the code", () => {
    expect([...documented.keys()].sort()).toEqual([...shapes.keys()].sort());
  });

  test.each([...shapes])("%s has the fields of the code", (name, schema) => {
    expectFields(documented.get(name) ?? "", schema);
  });
});

describe("content", () => {
  const documented = new Map(
    [...sections(chapter("Content"), "### ")].flatMap(([heading, part]) =>
      heading.split(", ").map((kind) => [kind, part] as const),
    ),
  );

  test("kinds are those of the code", () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(contents).sort());
  });

  test.each(Object.entries(contents))("%s has the fields of the code", (kind, schema) => {
    expectFields(documented.get(kind) ?? "", schema);
  });
});

test("the error frame has the fields of the code", () => {
  expectFields(sections(chapter("Frames"), "### ").get("The error frame") ?? "", ErrorReply);
});

test("forms of strings and words are those of the code", () => {
  const [forms = [], documentedWords = []] = tables(chapter("Values"));
  const byType = new Map(forms.map(([type = "", form = ""]) => [type, form]));
  expect(byType.get("UserId")).toBe(stringForms["UserId"]?.slice(1, -1) as string);
  expect(byType.get("DeviceId")).toBe(stringForms["DeviceId"]?.slice(1, -1) as string);
  for (const form of Object.keys(stringForms)) expect([...byType.keys()]).toContain(form);
  expect(documentedWords).toEqual([...words].map(([name, values]) => [name, values.join(", ")]));
});

test("limits are those of the code", () => {
  const [documented = []] = tables(chapter("Limits"));
  expect(documented.map((row) => row.slice(0, 2))).toEqual(
    Object.entries(limits).map(([name, value]) => [name, String(value)]),
  );
});

test("errors are those of the code", () => {
  const [documented] = tables(chapter("Errors"));
  expect(documented).toEqual(
    Object.entries(errors).map(([name, { code, retryable, message }]) => [
      String(code),
      name,
      retryable ? "yes" : "no",
      message,
    ]),
  );
});

test("close codes are those of the code", () => {
  const [documented] = tables(chapter("Close codes"));
  expect(documented).toEqual(
    Object.entries(closeCodes).map(([name, { code, message }]) => [
      String(code),
      name,
      shouldReconnect(code) ? "reconnect" : "stop",
      message,
    ]),
  );
});

test("links within the document lead somewhere", () => {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(" ", "-"),
  );
  for (const [, target = ""] of text.matchAll(/\]\(#([^)]+)\)/g))
    expect(headings).toContain(target);
});

test("the frames shown as examples are frames", () => {
  const [, block = ""] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
  const frames = block
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(frames.map(({ type }) => type)).toEqual(["send", "send", "error", "message"]);
  const [command, reply, error, event] = frames;
  expect(missing(commands.send.params, command)).toEqual([]);
  expect(missing(commands.send.result, reply)).toEqual([]);
  expect(missing(ErrorReply, error)).toEqual([]);
  expect(
    missing(events.message.properties.message, event?.["message"] as Record<string, unknown>),
  ).toEqual([]);
});

function missing(
  schema: { required: readonly string[] },
  frame: Record<string, unknown> | undefined,
): string[] {
  return schema.required.filter((field) => frame?.[field] === undefined);
}
