import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { register } from "./accounts.ts";
import { RealServer } from "./testing/real-server.ts";

const client = join(import.meta.dir, "..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(client, ".bundle-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function bundle(source: string, target: "browser" | "node"): Promise<string> {
  const entry = join(folder, `${target}-${Bun.hash(source)}.ts`);
  writeFileSync(entry, source);
  const result = await Bun.build({
    entrypoints: [entry],
    target,
    minify: true,
    splitting: true,
    throw: true,
  });
  const texts = new Map<string, string>();
  for (const output of result.outputs) texts.set(basename(output.path), await output.text());
  const loaded = (name: string): string => {
    const text = texts.get(name) ?? "";
    const chunks = [...text.matchAll(/(?:from|import) ?"\.\/([^"]+)"/g)];
    return text + chunks.map(([, chunk = ""]) => loaded(chunk)).join("");
  };
  // With what it imports at once, and without what it imports on demand.
  return loaded(basename(result.outputs.find(({ kind }) => kind === "entry-point")!.path));
}

test("an application for browsers gets less than 15 KiB, compressed, and nothing of Node", async () => {
  const text = await bundle(
    `import { connect } from "@godwit/client"; connect({ url: location.href, token: "" }).on("message", console.log);`,
    "browser",
  );
  const bytes = gzipSync(text, { level: 9 }).length;
  expect(bytes).toBeLessThan(15 * 1_024);
  expect(text).not.toContain("node:");
  expect(text).not.toContain("indexedDB");
  expect(text).not.toContain("text/event-stream");
});

test("what is exported beside connect is left out where it is not used", async () => {
  const text = await bundle(
    `import { GodwitError } from "@godwit/client"; console.log(GodwitError);`,
    "browser",
  );
  expect(gzipSync(text).length).toBeLessThan(1_500);
});

describe("the package as it is published", () => {
  let away: string;
  beforeAll(() => {
    // Away from this repository, whose own names lead back to its sources.
    away = mkdtempSync(join(tmpdir(), "godwit-published-"));
    const target = join(away, "node_modules/@godwit/client");
    execFileSync(process.execPath, [join(client, "scripts/build.mjs"), target], { stdio: "pipe" });
  }, 30_000);
  afterAll(() => rmSync(away, { recursive: true }));

  test("its declarations need no other package", () => {
    writeFileSync(
      join(away, "application.mts"),
      `import { connect, fakeNever, type Message } from "@godwit/client";
       import { binaryCodec } from "@godwit/client/binary";
       import { fileStorage } from "@godwit/client/node";
       const client = connect({ url: "ws://x", token: async () => "t", codec: binaryCodec, storage: fileStorage("x") });
       client.on("message", (message, chat) => {
         const plain: Message = message;
         const seq: number = plain.seq;
         const wrong: string = message.seq;
         void chat.send({ text: plain.sender, replyTo: seq });
       });`,
    );
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: "nodenext",
      target: "es2022",
      lib: ["es2023", "dom"],
      types: [],
    };
    writeFileSync(
      join(away, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["application.mts"] }),
    );
    const tsc = join(
      dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
      "bin/tsc",
    );
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", away], {
      cwd: away,
      encoding: "utf8",
    });
    // The two mistakes are found, so the types are there; nothing else is.
    const errors = stdout.split("\n").filter((line) => line.includes("error"));
    expect(errors.map((line) => line.replace(/^(.*error TS\d+): .*$/, "$1"))).toEqual([
      "application.mts(1,19): error TS2305",
      "application.mts(8,16): error TS2322",
    ]);
  }, 30_000);

  for (const program of ["node", process.execPath])
    test(`it goes by requests in ${program === "node" ? "Node" : "Bun"} where WebSockets are broken`, async () => {
      const server = await RealServer.start();
      const { token } = await register({ url: server.url, user: "nora", password: "long enough" });
      writeFileSync(
        join(away, "requests.mjs"),
        `import { connect } from "@godwit/client";
         const [url, token] = process.argv.slice(2);
         class Broken {
           constructor() { setTimeout(() => this.onclose({ code: 1006, reason: "" })); }
           close() {}
         }
         for (const options of [{ webSocket: Broken }, { transports: ["poll"] }]) {
           const client = connect({ url, token, backoffMinMs: 20, ...options });
           await client.ready();
           const { seq } = await client.direct("nora").send("to myself");
           console.log(client.transport, seq);
           await client.close();
         }`,
      );
      const child = Bun.spawn([program, "requests.mjs", server.url, token], {
        cwd: away,
        stdout: "pipe",
        stderr: "inherit",
      });
      const text = await new Response(child.stdout).text();
      await server.stop();
      expect(text).toBe("sse 1\npoll 2\n");
    }, 15_000);

  for (const program of ["node", process.execPath])
    test(`it loads in ${program === "node" ? "Node" : "Bun"}, and brings a WebSocket where there is none`, () => {
      writeFileSync(
        join(away, "application.mjs"),
        `import { connect, GodwitError } from "@godwit/client";
         import { binaryCodec } from "@godwit/client/binary";
         import { NodeSocket } from "@godwit/client/node";
         delete globalThis.WebSocket;
         const client = connect({ url: "http://127.0.0.1:9", token: "t", codec: binaryCodec });
         client.on("state", async (state) => {
           if (state === "offline") await client.close();
         });
         client.ready().catch((error) => console.log(error instanceof GodwitError, error.name, typeof NodeSocket));`,
      );
      const { stdout, stderr } = spawnSync(program, ["application.mjs"], {
        cwd: away,
        encoding: "utf8",
        timeout: 10_000,
      });
      expect({ stdout, stderr }).toEqual({ stdout: "true closed function\n", stderr: "" });
    }, 15_000);
});
