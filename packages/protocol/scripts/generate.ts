/**
 * Generates `src/generated/wire.ts`, `godwit.proto` and `wire.lock.json` from the schemas. Run it after every change of
 * `schemas.ts`: `bun packages/protocol/scripts/generate.ts`.
 *
 * The lock remembers every number that was ever given. A schema that would change or drop one is refused.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { collectWire } from "./collect.ts";
import { changedNumbers, protoNumbers } from "./lock.ts";
import { protoText, tableText } from "./render.ts";

const root = new URL("../", import.meta.url);
const wire = collectWire();
const proto = protoText(wire);
const numbers = protoNumbers(proto);
const lockFile = new URL("wire.lock.json", root);
const locked = JSON.parse(readFileSync(lockFile, "utf8")) as Record<string, number>;

const changed = changedNumbers(locked, numbers);
if (changed.length > 0) {
  console.error(`These numbers are on the wire already and must stay:\n  ${changed.join("\n  ")}`);
  process.exit(1);
}
writeFileSync(new URL("src/generated/wire.ts", root), tableText(wire));
writeFileSync(new URL("godwit.proto", root), proto);
writeFileSync(lockFile, `${JSON.stringify(numbers, null, 2)}\n`);
console.log(
  `${wire.messages.size} messages, ${wire.enums.size} enums, ${Object.keys(numbers).length} numbers.`,
);
