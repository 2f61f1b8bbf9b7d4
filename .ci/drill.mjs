/**
 * Two short drills under load, after which every acknowledged message must be there, once and in order: the server is killed with -9, and connections are broken while
 * their clients change address and transport.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createTally } from "./tally.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tally = createTally();
const seconds = 10;

/** Runs one drill. `happened` says whether it broke enough to show anything. */
async function run(name, happened) {
  const drill = spawnSync(
    process.execPath,
    ["packages/cli/bin/godwit.mjs", "drill", name, "--seconds", String(seconds), "--json"],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 },
  );
  const line = drill.stdout
    .trim()
    .split("\n")
    .findLast((text) => text.startsWith("{"));
  await tally.check(`the ${name} drill ends well`, () => {
    assert.equal(drill.status, 0, `${drill.stdout}\n${drill.stderr}`);
    assert.ok(line !== undefined, `no JSON in its output:\n${drill.stdout}\n${drill.stderr}`);
  });
  if (line === undefined) return;
  const result = JSON.parse(line);
  console.log(JSON.stringify(result));
  await tally.check(`${name}: messages were acknowledged, and enough went wrong`, () => {
    assert.ok(result.acked > 0 && happened(result), line);
  });
  for (const field of ["lost", "duplicated", "reordered"])
    await tally.check(`${name}: acknowledged messages ${field}: 0`, () =>
      assert.equal(result[field], 0),
    );
}

await run("crash", ({ kills }) => kills > 0);
await run("migrate", ({ cuts, moved, begun }) => cuts > 200 && moved > 0 && begun > 0);
tally.close();
