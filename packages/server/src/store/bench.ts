/**
 * What an append costs: `bun packages/server/src/store/bench.ts [--rows N] [--batch N] [--conversations N] [--users N] [--inflight N]`.
 * Prints, for each hundred thousand rows, microseconds of CPU per row over all threads and percentiles of the time from append to outcome.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { NewMessage } from "./port.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite/sqlite.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "500000" },
    batch: { type: "string", default: "100" },
    conversations: { type: "string", default: "1000" },
    users: { type: "string", default: "1000" },
    inflight: { type: "string", default: "2" },
  },
});
const rows = Number(values.rows);
const batchRows = Number(values.batch);
const conversations = Number(values.conversations);
const users = Number(values.users);
const inflight = Number(values.inflight);
const windowRows = 100_000;
const sendersPerConversation = 3;

const dir = mkdtempSync(join(tmpdir(), "godwit-bench-"));
const store = await openSqliteStore({ dir });
try {
  await createConversations(store);
  await appendAll(store);
  console.log(JSON.stringify(await store.stats()));
} finally {
  await store.close();
  rmSync(dir, { recursive: true });
}

function conversationId(index: number): string {
  return `g:1:bench${String(index).padStart(7, "0")}`;
}

async function createConversations(target: SqliteStore): Promise<void> {
  const create = (index: number): NewMessage => ({
    ...message(index, index),
    kind: "system",
    change: {
      type: "create",
      kind: "group",
      title: "Bench",
      members: Array.from({ length: sendersPerConversation }, (_, member) => ({
        user: `user${(index + member) % users}`,
        role: member === 0 ? "owner" : "member",
      })),
    },
  });
  for (let from = 0; from < conversations; from += 1_000) {
    const count = Math.min(1_000, conversations - from);
    await target.messages.append(Array.from({ length: count }, (_, index) => create(from + index)));
  }
}

/** About 150 bytes of content. The sender follows the conversation, so that each has some senders of its own. */
function message(conversation: number, sender: number): NewMessage {
  return {
    conversation: conversationId(conversation),
    sender: `user${sender % users}`,
    device: "phone-1",
    clientId: crypto.randomUUID(),
    clientSeq: 1,
    time: Date.now(),
    kind: "text",
    content: JSON.stringify({
      text: "The quick brown fox jumps over the lazy dog, again and again, until somebody tells it that one hundred and fifty bytes are enough.",
    }),
    priority: "normal",
  };
}

async function appendAll(target: SqliteStore): Promise<void> {
  for (let done = 0; done < rows; done += windowRows) {
    // Made beforehand, so that only the store is measured.
    const batches = Array.from({ length: windowRows / batchRows }, () =>
      Array.from({ length: batchRows }, () => {
        const conversation = Math.floor(Math.random() * conversations);
        return message(
          conversation,
          conversation + Math.floor(Math.random() * sendersPerConversation),
        );
      }),
    );
    Bun.gc(true);
    const latencies: number[] = [];
    const cpuStart = process.cpuUsage();
    const start = performance.now();
    let next = 0;
    const lane = async () => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
        const sent = performance.now();
        const outcomes = await target.messages.append(batch);
        latencies.push(performance.now() - sent);
        if (outcomes.some(({ status }) => status !== "stored"))
          throw new Error("A message was not stored.");
      }
    };
    await Promise.all(Array.from({ length: inflight }, lane));
    const seconds = (performance.now() - start) / 1_000;
    const cpu = process.cpuUsage(cpuStart);
    latencies.sort((a, b) => a - b);
    const at = (fraction: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * fraction))]?.toFixed(
        2,
      );
    console.log(
      `${done + windowRows} rows: ${((cpu.user + cpu.system) / windowRows).toFixed(2)} µs CPU per row (${(cpu.user / windowRows).toFixed(2)} user), ` +
        `${Math.round(windowRows / seconds)}/s, append ms p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)}, rss ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
    );
  }
}
