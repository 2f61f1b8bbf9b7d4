import { describe, expect, test } from "bun:test";
import { commands } from "@godwit/protocol/schemas";
import { sessionCommands } from "./command-routes.ts";
import type { OpenApi } from "./openapi.ts";
import { pickLanguage } from "./pages/language.ts";
import { summariesZh } from "./pages/summaries-zh.ts";
import { shapeOf } from "./pages/shape.ts";
import type { ObjectSchema } from "./schema.ts";
import { openTestApp } from "./testing.ts";

describe("the API description", () => {
  test("lists every command and operation, with schemas, errors and security", async () => {
    const { ask } = await openTestApp();
    const api = (await ask("GET", "/api/openapi.json")).json as unknown as OpenApi;
    expect(api.openapi).toBe("3.1.0");
    const paths = Object.keys(api.paths);
    for (const name of Object.keys(commands))
      expect([name, paths.includes(`/api/commands/${name}`)]).toEqual([
        name,
        !sessionCommands.has(name),
      ]);
    expect(paths).toContain("/api/admin/users/{user}/kick");
    const operations = Object.values(api.paths).flatMap((item) => Object.values(item));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const send = api.paths["/api/commands/send"]?.["post"];
    expect(send?.security).toEqual([{ token: [] }]);
    expect(send?.requestBody).toMatchObject({
      content: {
        "application/json": {
          schema: { required: ["conversation", "clientId", "clientSeq", "kind", "content"] },
        },
      },
    });
    expect(Object.keys(send?.responses ?? {})).toEqual([
      "200",
      "400",
      "401",
      "403",
      "404",
      "409",
      "413",
      "429",
      "500",
    ]);
    expect(api.paths["/api/login"]?.["post"]?.security).toEqual([]);
    expect(
      api.paths["/api/admin/users"]?.["get"]?.parameters?.map((parameter) => parameter["name"]),
    ).toEqual(["prefix", "after", "limit"]);
  });

  test("and its page need nothing from elsewhere, and no script", async () => {
    const { ask } = await openTestApp();
    for (const path of ["/api/docs", "/", "/?lang=zh", "/api/docs?lang=zh"]) {
      const { text } = await ask("GET", path);
      expect(text).not.toContain("<script");
      expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
      expect(text).not.toContain("style=");
    }
    expect((await ask("GET", "/api/docs")).text).toContain("/api/commands/send");
    expect((await ask("GET", "/_pages/style.css")).headers.get("content-type")).toBe(
      "text/css; charset=utf-8",
    );
    expect((await ask("GET", "/_pages/icon.svg")).headers.get("content-type")).toBe(
      "image/svg+xml",
    );
  });
});

test("every operation is described in Chinese too, and nothing that is none", async () => {
  const { ask } = await openTestApp();
  const api = (await ask("GET", "/api/openapi.json")).json as unknown as OpenApi;
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace("{user}", ":user")}`),
  );
  const described = Object.keys(summariesZh);
  expect(described.filter((operation) => !operations.includes(operation))).toEqual([]);
  // A command added to the protocol is shown in English until it is translated.
  const ours = operations.filter((operation) => !operation.includes("/api/commands/"));
  expect(ours.filter((operation) => !described.includes(operation))).toEqual([]);
});

describe("the start page", () => {
  test("speaks the reader's language, and the other on request", async () => {
    const { ask } = await openTestApp();
    const page = (path: string, language: string) =>
      ask("GET", path, { headers: { "accept-language": language } });
    expect((await page("/", "de, en;q=0.5")).text).toContain('<html lang="en">');
    const chinese = await page("/", "zh-CN,zh;q=0.9,en;q=0.8");
    expect(chinese.text).toContain('<html lang="zh-CN">');
    expect(chinese.headers.get("vary")?.toLowerCase()).toContain("accept-language");
    expect((await page("/?lang=en", "zh-CN")).text).toContain('<html lang="en">');
  });

  test("shows the address it was asked at, the state and the links", async () => {
    const { ask, state } = await openTestApp();
    const { text } = await ask("GET", "/");
    expect(text).toContain("ws://chat.test/ws");
    expect(text).toContain("npx godwit chat --user alice");
    for (const path of ["/api/docs", "/livez", "/readyz", "/metrics"])
      expect(text).toContain(`href="${path}"`);
    state.readiness = { ready: false, reasons: ["store: <full>"] };
    expect((await ask("GET", "/")).text).toContain("not ready: store: &lt;full&gt;");
  });

  test("does not echo what it was asked with", async () => {
    const { ask } = await openTestApp();
    for (const path of [
      "/?lang=%3Cscript%3E",
      "/%3Cscript%3E",
      "/api/docs?lang=%22%3E%3Cscript%3E",
    ])
      expect((await ask("GET", path)).text).not.toContain("<script");
  });
});

test.each([
  [undefined, undefined, "en"],
  [undefined, "", "en"],
  [undefined, "fr", "en"],
  [undefined, "zh", "zh"],
  [undefined, "zh-Hant-TW", "zh"],
  [undefined, "en;q=0.2, zh;q=0.9", "zh"],
  [undefined, "zh;q=0, en;q=0.1", "en"],
  [undefined, "zho", "en"],
  [undefined, ";;;q=,=,,", "en"],
  ["zh", "en", "zh"],
  ["xx", "zh", "zh"],
] as const)("language %p with %p is %s", (asked, accepted, language) =>
  expect(pickLanguage(asked, accepted)).toBe(language),
);

test("schemas read like types", () => {
  const shape = (name: keyof typeof commands) => shapeOf(commands[name].params as ObjectSchema);
  expect(shape("history")).toBe(
    [
      "{",
      "  conversation: string",
      "  from?: integer  // 0…",
      "  to?: integer  // 0…",
      "  limit?: integer  // 1…200",
      "}",
    ].join("\n"),
  );
  expect(shape("devices")).toBe("{}");
  expect(shape("send")).toContain('kind: "text" | "image"');
  expect(shape("send")).toContain('mentions?: (string | "*")[]  // at most 50');
});
