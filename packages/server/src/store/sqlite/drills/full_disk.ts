/**
 * Fills a small disk under a store and makes room again: `bun full_disk.ts DIR`, where DIR is the root of a small file system of its own.
 * Prints what happened as one line of JSON; the test beside it judges that.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError, type NewMessage, type Store } from "../../port.ts";
import { group, makeGroup, text } from "../../suite/samples.ts";
import { openSqliteStore } from "../sqlite.ts";

const dir = process.argv[2] ?? "";
const ballast = join(dir, "ballast");
const data = join(dir, "data");
const sizes = { tailRows: 4_096, segmentRows: 64, restRows: 16, checkpointPages: 20 };
const stored = new Map<string, number>();
let next = 0;

function batch(): NewMessage[] {
  return Array.from({ length: 20 }, () => {
    next += 1;
    return text(group, "alice", {
      clientSeq: next,
      content: JSON.stringify({ text: "x".repeat(500) }),
    });
  });
}

/** Sends until the store refuses, but not for ever. */
async function sendUntilRefused(store: Store): Promise<{ refused: NewMessage[]; reason: string }> {
  for (let round = 0; round < 1_000; round += 1) {
    const messages = batch();
    try {
      await send(store, messages);
    } catch (error) {
      return {
        refused: messages,
        reason: error instanceof StoreError ? error.reason : String(error),
      };
    }
  }
  return { refused: [], reason: "never" };
}

async function send(store: Store, messages: readonly NewMessage[]): Promise<void> {
  const outcomes = await store.messages.append(messages);
  for (const [index, outcome] of outcomes.entries())
    if ("seq" in outcome) stored.set(messages[index]?.clientId ?? "", outcome.seq);
}

/** Faults in what can be read: every stored message at its seq and nothing else. */
async function faults(store: Store): Promise<string[]> {
  const found: string[] = [];
  const read = await store.messages.range(group, 1, 100_000, 100_000, "oldest");
  for (const [index, { seq }] of read.entries())
    if (seq !== index + 1) found.push(`seq ${seq} at ${index}`);
  const bySeq = new Map(read.map(({ clientId, seq }) => [clientId, seq]));
  for (const [clientId, seq] of stored) if (bySeq.get(clientId) !== seq) found.push(`lost ${seq}`);
  if (read.length !== stored.size + 1)
    found.push(`${read.length} entries for ${stored.size} messages`);
  const view = (await store.conversations.views("bob", [group]))[0];
  if (view?.unread !== stored.size) found.push(`unread ${view?.unread}`);
  return found;
}

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  for (let waited = 0; waited < 100 && !(await condition()); waited += 1) await Bun.sleep(50);
  return condition();
}

let store = await openSqliteStore({ dir: data, sizes });
await makeGroup(store, ["alice", "bob"]);
for (let round = 0; round < 10; round += 1) await send(store, batch());
writeFileSync(ballast, new Uint8Array(1_000_000));
const first = await sendUntilRefused(store);
const healthWhenFull = store.health();
const faultsWhenFull = await faults(store);
const again = await store.messages.append(first.refused).then(
  () => "stored",
  (error: unknown) => (error instanceof StoreError ? error.reason : String(error)),
);
const cursor = await store.messages
  .advance([{ conversation: group, user: "bob", delivered: 3, time: 1 }])
  .then(
    () => "moved",
    (error: unknown) => (error instanceof StoreError ? error.reason : String(error)),
  );
rmSync(ballast);
// Nobody writes, and reads leave the store no rest: it finds out by itself.
const healedAlone = await until(async () => {
  await store.conversations.get(group);
  return store.health().writable;
});
await send(store, first.refused);
for (let round = 0; round < 5; round += 1) await send(store, batch());
const faultsAfter = await faults(store);
await store.close();
store = await openSqliteStore({ dir: data, sizes });
const faultsReopened = await faults(store);
const duplicates = (await store.messages.append(first.refused)).map(({ status }) => status);
await store.close();
console.log(
  JSON.stringify({
    reason: first.reason,
    healthWhenFull,
    faultsWhenFull,
    again,
    cursor,
    healedAlone,
    faultsAfter,
    faultsReopened,
    duplicates: [...new Set(duplicates)],
    stored: stored.size,
  }),
);
