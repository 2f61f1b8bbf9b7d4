import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkWebDir, safePath } from "./static.ts";
import { openTestApp } from "./testing.ts";

let folder: string;
let webDir: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-static-"));
  webDir = join(folder, "dist");
  await mkdir(join(webDir, "assets"), { recursive: true });
  await Promise.all([
    writeFile(join(folder, "secret.txt"), "secret"),
    writeFile(join(webDir, "index.html"), "<!doctype html><title>client</title>"),
    writeFile(join(webDir, "assets", "index-Bq3xk9aZ.js"), "console.log(1)"),
    writeFile(join(webDir, "assets", "index-Bq3xk9aZ.js.br"), "as br"),
    writeFile(join(webDir, "assets", "index-Bq3xk9aZ.js.gz"), "as gz"),
    writeFile(join(webDir, "assets", "big-Bq3xk9aZ.wasm"), new Uint8Array(1_500_000).fill(7)),
    writeFile(join(webDir, "robots.txt"), "User-agent: *"),
    writeFile(join(webDir, ".env"), "secret"),
    symlink(join(folder, "secret.txt"), join(webDir, "link.txt")),
    symlink(folder, join(webDir, "up")),
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the web client's files", () => {
  test("have their types, and hashed ones are kept for good", async () => {
    const { ask } = await openTestApp({ webDir });
    const index = await ask("GET", "/");
    expect(index.text).toContain("client");
    expect(index.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(index.headers.get("cache-control")).toBe("no-cache");
    expect(index.headers.get("content-security-policy")).toContain("default-src 'self'");
    const script = await ask("GET", "/assets/index-Bq3xk9aZ.js");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    // A worker lives by the policy of its own file: without this one it could load nothing.
    expect(script.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect((await ask("GET", "/robots.txt")).headers.get("cache-control")).toBe("no-cache");
  });

  test("are not sent again while they are the same", async () => {
    const { ask } = await openTestApp({ webDir });
    const etag = (await ask("GET", "/robots.txt")).headers.get("etag") ?? "";
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await ask("GET", "/robots.txt", { headers: { "if-none-match": tag } });
      expect([again.status, again.text]).toEqual([304, ""]);
    }
    expect(
      (await ask("GET", "/robots.txt", { headers: { "if-none-match": '"other"' } })).status,
    ).toBe(200);
  });

  test("come in the smallest form that the caller takes", async () => {
    const { ask } = await openTestApp({ webDir });
    const path = "/assets/index-Bq3xk9aZ.js";
    const got = async (encoding: string) => {
      const { headers, text } = await ask("GET", path, {
        headers: { "accept-encoding": encoding },
      });
      expect(headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      expect(headers.get("cache-control")).toContain("immutable");
      expect(headers.get("vary")).toContain("accept-encoding");
      return [headers.get("content-encoding"), text];
    };
    expect(await got("gzip, deflate, br, zstd")).toEqual(["br", "as br"]);
    expect(await got("gzip;q=1.0, br;q=0")).toEqual(["gzip", "as gz"]);
    expect(await got("identity")).toEqual([null, "console.log(1)"]);
    const plain = await ask("GET", "/robots.txt", { headers: { "accept-encoding": "br" } });
    expect([plain.headers.get("content-encoding"), plain.text]).toEqual([null, "User-agent: *"]);
  });

  test("that are large are streamed whole", async () => {
    const { app } = await openTestApp({ webDir });
    const response = await app.fetch(new Request("http://chat.test/assets/big-Bq3xk9aZ.wasm"), {
      address: "192.0.2.1",
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([bytes.length, bytes.every((byte) => byte === 7)]).toEqual([1_500_000, true]);
    expect(response.headers.get("content-type")).toBe("application/wasm");
  });

  test("HEAD tells the size without the bytes", async () => {
    const { ask } = await openTestApp({ webDir });
    const head = await ask("HEAD", "/robots.txt");
    expect([head.status, head.text, head.headers.get("content-length")]).toEqual([200, "", "13"]);
  });

  test("routes of the client get its index; missing files and the API do not", async () => {
    const { ask } = await openTestApp({ webDir });
    const html = { accept: "text/html,application/xhtml+xml" };
    for (const route of ["/chat/g:0:abc", "/c/d:alice:bob.b", "/u/bob.b", "/settings/devices"])
      expect((await ask("GET", route, { headers: html })).text).toContain("client");
    expect((await ask("GET", "/robots.old.txt", { headers: html })).status).toBe(404);
    expect((await ask("GET", "/assets/gone-Bq3xk9aZ.js", { headers: html })).status).toBe(404);
    expect((await ask("GET", "/chat", { headers: { accept: "application/json" } })).status).toBe(
      404,
    );
    expect((await ask("GET", "/api/nothing", { headers: html })).json.name).toBe("unknown_command");
    expect((await ask("GET", "/livez")).json).toEqual({ alive: true });
  });

  test.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/..%5csecret.txt",
    "/....//secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/link.txt",
    "/up/secret.txt",
    "/.env",
    "/%2eenv",
    "/robots.txt%00.html",
    "/%ff%fe",
    "/assets",
    `/${"a".repeat(5_000)}`,
  ])("nothing outside of the folder is served: %s", async (path) => {
    const { ask, errors } = await openTestApp({ webDir });
    const answer = await ask("GET", path);
    expect([answer.status, answer.text.includes("secret.txt") && answer.text === "secret"]).toEqual(
      [404, false],
    );
    expect(errors).toEqual([]);
  });

  test("are not needed: without the folder there is the start page", async () => {
    const { ask } = await openTestApp({ webDir: join(folder, "absent") });
    expect((await ask("GET", "/")).text).toContain("npx godwit chat");
  });
});

test.each([
  ["/a/b.js", "a/b.js"],
  ["/a//b.js", "a/b.js"],
  ["/%61.js", "a.js"],
  ["/", ""],
  ["/a/../b", undefined],
  ["/a/.git/config", undefined],
  ["/a\\b", undefined],
  ["/%zz", undefined],
])("path %p is %p", (path, safe) => expect(safePath(path)).toBe(safe));

test("a folder without a web client is refused", () => {
  expect(() => checkWebDir(join(folder, "absent"))).toThrow(/webDir.*no index.html/s);
  checkWebDir(webDir);
  checkWebDir(undefined);
});
