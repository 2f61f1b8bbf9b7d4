/**
 * Adds to package-lock.json the packages of other platforms that npm has left out, because the registry in use did not have them.
 * `npm ci` refuses a lock file without them. Run it after adding a dependency; the test of the repository says when it is needed.
 */
import fs from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";
import { missingFromLock } from "./lock.mjs";

const file = join(root, "package-lock.json");
const lock = JSON.parse(fs.readFileSync(file, "utf8"));
const missing = missingFromLock(lock);
for (const { key, entry } of missing) lock.packages[key] = entry;
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en")),
);
fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`Added ${missing.length} packages of other platforms to package-lock.json.`);
