/** A short crash drill: the server is killed with -9 under load, and every acknowledged message must still be there, once and in order. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createTally } from "./tally.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tally = createTally();
const seconds = 10;
const drill = spawnSync(
  process.execPath,
  ["packages/cli/bin/godwit.mjs", "drill", "crash", "--seconds", String(seconds), "--json"],
  { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 },
);
const line = drill.stdout
  .trim()
  .split("\n")
  .findLast((text) => text.startsWith("{"));

await tally.check("the crash drill ends well", () => {
  assert.equal(drill.status, 0, `${drill.stdout}\n${drill.stderr}`);
  assert.ok(line !== undefined, `no JSON in its output:\n${drill.stdout}\n${drill.stderr}`);
});
if (line !== undefined) {
  const result = JSON.parse(line);
  console.log(JSON.stringify(result));
  await tally.check("messages were acknowledged and the server was killed", () => {
    assert.ok(result.acked > 0 && result.kills > 0, line);
  });
  for (const field of ["lost", "duplicated", "reordered"])
    await tally.check(`acknowledged messages ${field}: 0`, () => assert.equal(result[field], 0));
}
tally.close();
