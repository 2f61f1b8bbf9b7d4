/** Proves that every rule of the architecture fails on code that breaks it, and is silent on code that keeps it. */
import { describe, expect, test } from "bun:test";
import { moduleOf, resolve, rules } from "./checks.ts";
import { bounds, longFiles, ranks } from "./ranks.ts";
import { parseSource } from "./source.ts";

const server = "packages/server/src";
const manyLines = (count: number) => "// a line\n".repeat(count);
const method = (index: number) => `m${index}(): void;`;

/** Each case: a rule, files that break it, and what the message must say. */
const broken: readonly (readonly [rule: string, says: string, files: Record<string, string>])[] = [
  ["specifiers", "has no ending", { [`${server}/hub/hub.ts`]: `import { a } from "./writer";` }],
  [
    "specifiers",
    "reaches into packages/client",
    { "packages/cli/src/chat.ts": `import { a } from "../../client/src/a.ts";` },
  ],
  [
    "importRanks",
    "server/hub (rank 1) imports server/session (rank 5)",
    { [`${server}/hub/hub.ts`]: `import { a } from "../session/session.ts";` },
  ],
  [
    "importRanks",
    "siblings do not know each other",
    { [`${server}/hub/hub.ts`]: `import { a } from "../store/port.ts";` },
  ],
  [
    "importRanks",
    "declare what server/lib needs",
    { [`${server}/lib/a.ts`]: `import type { A } from "../messaging/send.ts";` },
  ],
  [
    "importRanks",
    "imports server/session",
    { [`${server}/lib/a.ts`]: `export type A = import("../session/session.ts").Session;` },
  ],
  [
    "importRanks",
    "imports server/gateway",
    { [`${server}/lib/a.ts`]: `export * from "../gateway/http.ts";` },
  ],
  [
    "importRanks",
    "imports cli",
    { "packages/client/src/a.ts": `const a = await import("@godwit/cli");` },
  ],
  [
    "importRanks",
    "imports server/session",
    { [`${server}/lib/a.ts`]: `new Worker(new URL("../session/worker.ts", import.meta.url));` },
  ],
  ["importRanks", "server/odds has no rank", { [`${server}/odds/ends.ts`]: "export const a = 1;" }],
  [
    "cycles",
    `${server}/hub/a.ts → ${server}/hub/b.ts → ${server}/hub/a.ts`,
    {
      [`${server}/hub/a.ts`]: `import { b } from "./b.ts";`,
      [`${server}/hub/b.ts`]: `import type { A } from "./a.ts";`,
    },
  ],
  [
    "engines",
    "only server.ts names what is behind",
    {
      [`${server}/store/port.ts`]: "",
      [`${server}/messaging/send.ts`]: `import { openSqliteStore } from "../store/sqlite/sqlite.ts";`,
    },
  ],
  [
    "engines",
    "imports the engine sqlite",
    {
      [`${server}/store/port.ts`]: "",
      [`${server}/store/memory/memory.ts`]: `import { a } from "../sqlite/schema.ts";`,
    },
  ],
  [
    "engines",
    "the port imports the engine memory",
    { [`${server}/store/port.ts`]: `import { a } from "./memory/memory.ts";` },
  ],
  [
    "bunOnly",
    "exists only in Bun",
    { [`${server}/session/session.ts`]: `import { Database } from "bun:sqlite";` },
  ],
  [
    "bunOnly",
    "exists only in Bun",
    { [`${server}/hub/hub.ts`]: `import type { ServerWebSocket } from "bun";` },
  ],
  [
    "bunOnly",
    "Bun.* exists only in Bun",
    { [`${server}/hub/hub.ts`]: "export const a = Bun.hash('a');" },
  ],
  [
    "bunOnly",
    "Bun.* exists only in Bun",
    { "packages/client/src/a.ts": "export type A = Bun.Server;" },
  ],
  [
    "ambient",
    "Date.now is not under",
    { [`${server}/hub/hub.ts`]: "export const a = () => Date.now();" },
  ],
  [
    "ambient",
    "new Date is not under",
    { [`${server}/hub/hub.ts`]: "export const a = () => new Date();" },
  ],
  [
    "ambient",
    "setTimeout is not under",
    { [`${server}/hub/hub.ts`]: "export const a = () => setTimeout(a, 5);" },
  ],
  [
    "ambient",
    "Math.random is not under",
    { [`${server}/hub/hub.ts`]: "export const a = { random: Math.random };" },
  ],
  [
    "ambient",
    "node:timers/promises",
    { [`${server}/hub/hub.ts`]: `import { setTimeout as sleep } from "node:timers/promises";` },
  ],
  [
    "isomorphicOnly",
    "not in browsers",
    { "packages/client/src/a.ts": `import { join } from "node:path";` },
  ],
  [
    "clientsOnly",
    "is not for clients",
    { "apps/web/src/model/a.ts": `import type { A } from "@godwit/protocol";` },
  ],
  [
    "clientsOnly",
    "is the model's own",
    { "apps/web/src/ui/a.tsx": `import { openDB } from "idb";` },
  ],
  [
    "clientsOnly",
    "is the model's own",
    { "apps/web/src/chat/a.tsx": `import { a } from "../model/store/a.ts";` },
  ],
  ["moduleState", "let count", { [`${server}/hub/hub.ts`]: "let count = 0;" }],
  ["moduleState", "let count", { [`${server}/hub/hub.ts`]: "export let count = 0;" }],
  [
    "moduleState",
    "const sessions",
    { [`${server}/hub/hub.ts`]: "const sessions = new Map<string, number>();" },
  ],
  ["moduleState", "const queue", { [`${server}/hub/hub.ts`]: "const queue: number[] = [];" }],
  [
    "moduleState",
    "static count",
    { [`${server}/hub/hub.ts`]: "export class Hub { static count = 0; }" },
  ],
  [
    "portSize",
    "Store has 11 methods",
    {
      [`${server}/store/port.ts`]: `export interface Store { ${Array.from({ length: 10 }, (_, i) => method(i)).join("")} last: () => void }`,
    },
  ],
  ["fileSize", "has 401 lines", { [`${server}/hub/hub.ts`]: manyLines(bounds.fileLinesMax + 1) }],
  [
    "functionSize",
    "route has 72 lines",
    { [`${server}/hub/hub.ts`]: `function route() {\n${manyLines(70)}}` },
  ],
  [
    "functionSize",
    "route has 72 lines",
    { [`${server}/hub/hub.ts`]: `const route = () => {\n${manyLines(70)}};` },
  ],
];

describe("planted violations", () => {
  for (const [index, [rule, says, files]] of broken.entries())
    test(`${rule} ${index}: ${says}`, () => {
      const sources = Object.entries(files).map(([path, text]) => parseSource(path, text));
      const messages = rules[rule]?.(sources).map(({ message }) => message) ?? [];
      expect(messages.join("\n")).toContain(says);
    });

  test("every rule has one", () => {
    expect([...new Set(broken.map(([rule]) => rule))].toSorted()).toEqual(
      Object.keys(rules).toSorted(),
    );
  });
});

test("code that keeps the rules passes all of them", () => {
  const sources = [
    parseSource(
      `${server}/store/port.ts`,
      `import type { Message } from "@godwit/protocol"; export interface Store { get(): Message }`,
    ),
    parseSource(
      `${server}/store/sqlite/sqlite.ts`,
      `import { Database } from "bun:sqlite"; import type { Store } from "../port.ts"; export const open = (): Store => new Database();`,
    ),
    parseSource(
      `${server}/hub/hub.ts`,
      `import { bytes } from "../lib/bytes.ts"; const names: ReadonlyMap<string, string> = new Map(); export const size = (clock: Clock) => clock.now() + names.size + bytes;`,
    ),
    parseSource(
      `${server}/server.ts`,
      `import { open } from "./store/sqlite/sqlite.ts"; import { hub } from "./hub/hub.ts"; export const start = () => hub(open());`,
    ),
    parseSource(
      `${server}/hub/hub.test.ts`,
      `import { test } from "bun:test"; import { session } from "../session/session.ts"; let a = Date.now(); test("a", () => session(a));`,
    ),
    parseSource(
      `${server}/session/table.ts`,
      `export function table() { return { ${Array.from({ length: 30 }, (_, i) => `c${i}() {\nreturn ${i};\n},\n`).join("")} }; }`,
    ),
  ];
  expect(Object.values(rules).flatMap((rule) => rule(sources))).toEqual([]);
});

test("paths and specifiers are understood", () => {
  expect(moduleOf("packages/server/src/store/sqlite/sqlite.ts")).toBe("server/store");
  expect(moduleOf("packages/cli/bin/godwit.mjs")).toBe("cli");
  expect(moduleOf("bench/src/index.ts")).toBe("bench");
  expect(moduleOf("scripts/setup.mjs")).toBeUndefined();
  expect(resolve("packages/cli/src/a.ts", "@godwit/server/config")).toBe(
    "packages/server/src/config/config.ts",
  );
  expect(resolve("packages/cli/src/a.ts", "@godwit/protocol/schemas")).toBe(
    "packages/protocol/src/schemas.ts",
  );
  expect(resolve("packages/cli/src/a.ts", "commander")).toBeUndefined();
});

test("every module has one rank", () => {
  const names = ranks.flat();
  expect(names).toEqual([...new Set(names)]);
});

test("files that may be longer say why", () => {
  for (const { reason } of longFiles.values()) expect(reason.length).toBeGreaterThan(20);
});

test("a syntax error is reported with its file", () => {
  expect(() => parseSource("a.ts", "const = 1;")).toThrow("a.ts");
});
