/**
 * Generates `src/generated/*.ts`, `godwit.proto` and `wire.lock.json` from the schemas. Run it after every change of
 * `schemas.ts`: `bun packages/protocol/scripts/generate.ts`.
 *
 * The lock remembers every number that was ever given. A schema that would change or drop one is refused.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { changedNumbers } from "./lock.ts";
import { lockFile, outputs } from "./outputs.ts";

const root = new URL("../", import.meta.url);
const { files, numbers } = outputs();
const locked = JSON.parse(readFileSync(new URL(lockFile, root), "utf8")) as Record<string, number>;

const changed = changedNumbers(locked, numbers);
if (changed.length > 0) {
  console.error(`These numbers are on the wire already and must stay:\n  ${changed.join("\n  ")}`);
  process.exit(1);
}
for (const [path, text] of files) writeFileSync(new URL(path, root), text);
console.log(`${files.size} files, ${Object.keys(numbers).length} numbers.`);
