/**
 * `npm start` as a newcomer types it, then everything the README promises against that server: health, the example of the SDK as it is
 * printed, the programs in examples/, and a clean end on SIGTERM.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTally } from "./tally.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "godwit-smoke-"));
const tally = createTally();
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
/** Noise that a newcomer must not see. */
const noise =
  /EBADENGINE|install-scripts|DeprecationWarning|ExperimentalWarning|\bat .+:\d+:\d+\)?$/m;

const server = run("npm", ["start", "--", "--port", String(port), "--data", join(folder, "data")], {
  LANG: "C",
});

// Whatever ends this program ends the server, too.
process.once("exit", () => server.kill("SIGTERM"));

await tally.check("npm start gets ready", () =>
  Promise.race([until(() => answers("/readyz"), 60_000), endedEarly()]),
);
if (tally.failed > 0) {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  tally.close();
}
await tally.check("/livez answers", async () => assert.ok(await answers("/livez")));
await tally.check("/metrics is Prometheus text", async () =>
  assert.match(await text("/metrics"), /^# (HELP|TYPE) /m),
);
await tally.check("the API describes itself", async () =>
  assert.ok(JSON.parse(await text("/api/openapi.json")).openapi),
);
await tally.check("the web client is at /, with what it loads", async () => {
  const page = await text("/");
  assert.match(page, /<div id="root">/);
  assert.match(page, /<script type="module"[^>]* src="\/assets\//);
  // The script that starts it is small: what it is made of comes beside it.
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)];
  const texts = await Promise.all(scripts.map(([, path]) => text(path)));
  for (const each of texts) assert.ok(each.length > 0 && !each.startsWith("<"), page);
  assert.ok(texts.join("").length > 10_000, page);
});
await tally.check("it says where it is, and nothing else that disturbs", () => {
  assert.match(server.output(), new RegExp(`:${port}`));
  assert.doesNotMatch(server.output(), noise);
});

for (const example of readmeExamples())
  await tally.check(`README.md: ${example.name} runs as printed`, async () => {
    const file = join(root, `.smoke-${process.pid}-${example.name}`);
    writeFileSync(file, example.code.replaceAll("localhost:8480", `127.0.0.1:${port}`));
    try {
      const { code, output } = await run(process.execPath, [file]).ended(30_000);
      assert.equal(code, 0, output);
      for (const expected of example.prints)
        assert.ok(output.includes(expected), `${expected} is not in:\n${output}`);
      assert.doesNotMatch(output, noise);
    } finally {
      rmSync(file);
    }
  });

const examples = existsSync(join(root, "examples"))
  ? readdirSync(join(root, "examples")).filter((file) => /\.(mjs|ts)$/.test(file))
  : [];
await tally.check("there are examples", () => assert.ok(examples.length > 0));
for (const name of examples)
  await tally.check(`examples/${name} runs`, async () => {
    const program = name.endsWith(".ts")
      ? join(root, "node_modules/bun/bin/bun.exe")
      : process.execPath;
    const { code, output } = await run(program, [join(root, "examples", name)], {
      GODWIT_URL: url,
    }).ended(60_000);
    assert.equal(code, 0, output);
  });

await tally.check("it ends well on SIGTERM", async () => {
  server.kill("SIGTERM");
  const { code, output } = await server.ended(15_000);
  // npm itself ends by the signal; what counts is that the server had time to say goodbye.
  assert.ok(code === 0 || code === 143 || code === null, `exit code ${code}\n${output}`);
  assert.match(output, /Stopped\./);
  await until(async () => !(await answers("/livez")), 2_000);
});

rmSync(folder, { recursive: true, force: true });
tally.close();

/** Code blocks of the README that follow a comment `<!-- runs: NAME prints: A | B -->`. */
function readmeExamples() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const pattern = /<!-- runs: (\S+) prints: (.+?) -->\s*```\w+\n([\s\S]*?)```/g;
  return [...readme.matchAll(pattern)].map(([, name, prints, code]) => ({
    name,
    prints: prints.split(" | "),
    code,
  }));
}

function run(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && program === "npm",
  });
  let output = "";
  const keep = (chunk) => (output += chunk);
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const end = new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
  return {
    end,
    output: () => output,
    kill: (signal) => child.kill(signal),
    async ended(ms) {
      const late = new Promise((resolve) => setTimeout(resolve, ms).unref());
      const ended = await Promise.race([end, late]);
      if (ended !== undefined) return ended;
      child.kill("SIGKILL");
      throw new Error(`${program} ${args.join(" ")} did not end within ${ms} ms:\n${output}`);
    },
  };
}

async function until(condition, ms) {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come true within ${ms} ms; the server said:\n${server.output()}`);
}

async function answers(path) {
  try {
    return (await fetch(url + path)).ok;
  } catch {
    // Nothing listens yet, or any more.
    return false;
  }
}

async function text(path) {
  const response = await fetch(url + path);
  assert.equal(response.status, 200);
  return response.text();
}

/** Rejects if the server ends before it was told to. */
async function endedEarly() {
  const { code, output } = await server.end;
  throw new Error(`npm start ended with ${code}:\n${output}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(address.port));
    });
  });
}
