import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "bun:test";
import type { Store } from "../port.ts";
import { creation, text, uuidOf } from "../suite/samples.ts";
import { drillConversation, drillConversations, drillSizes } from "./drills/crash_plan.ts";
import { openSqliteStore } from "./sqlite.ts";

const program = new URL("./drills/append_forever.ts", import.meta.url).pathname;
const kills = 6;

test("kill -9 loses nothing that was acknowledged, and leaves everything dense", async () => {
  const dir = mkdtempSync(join(tmpdir(), "godwit-crash-"));
  try {
    /** The seq that was acknowledged for each message, by its number. */
    const acknowledged = new Map<number, number>();
    let store: Store = await openSqliteStore({ dir, sizes: drillSizes });
    await store.messages.append(
      drillConversations.map((id) =>
        creation(id, ["user0", "user1", "user2"], { clientId: crypto.randomUUID() }),
      ),
    );
    await store.close();
    for (let kill = 0; kill < kills; kill += 1) {
      const before = acknowledged.size;
      await appendUntilKilled(dir, 1_000_000 * (kill + 1), acknowledged);
      expect(acknowledged.size).toBeGreaterThan(before);
      store = await openSqliteStore({ dir, sizes: drillSizes });
      await verify(store, acknowledged);
      await store.close();
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 60_000);

/** Runs the program until it has acknowledged something, and then for a random while. */
async function appendUntilKilled(
  dir: string,
  start: number,
  acknowledged: Map<number, number>,
): Promise<void> {
  const child = spawn(process.execPath, [program, dir, String(start)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let output = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    output += chunk;
  });
  await once(child.stdout, "data");
  await Bun.sleep(Math.random() * 250);
  child.kill("SIGKILL");
  await Promise.all([ended, once(child.stdout, "close")]);
  // The last line may be cut.
  for (const line of output.slice(0, output.lastIndexOf("\n")).split("\n")) {
    const [from, ...seqs] = line.split(" ").map(Number);
    for (const [index, seq] of seqs.entries()) acknowledged.set((from ?? 0) + index, seq);
  }
}

async function verify(store: Store, acknowledged: ReadonlyMap<number, number>): Promise<void> {
  const seqOf = new Map<string, number>();
  for (const conversation of drillConversations) {
    const log = await store.messages.range(conversation, 1, 10_000_000, 10_000_000, "oldest");
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    for (const { clientId, seq, sender } of log) {
      expect(seqOf.has(`${sender} ${clientId}`)).toBe(false);
      seqOf.set(`${sender} ${clientId}`, seq);
    }
    for (const view of await store.conversations.views("user1", [conversation])) {
      const unread = log.filter(
        ({ seq, sender, kind }) =>
          seq > view.member.read && sender !== "user1" && kind !== "system",
      ).length;
      expect(view).toMatchObject({ unread, conversation: { lastSeq: log.length } });
    }
  }
  const lost = [...acknowledged].filter(
    ([number, seq]) => seqOf.get(`user${number % 3} ${uuidOf(number)}`) !== seq,
  );
  expect(lost).toEqual([]);
  // Every one of the last messages is known when it is sent again.
  const retries = [...acknowledged].slice(-2_000);
  const batch = retries.map(([number]) =>
    text(drillConversation(number), `user${number % 3}`, {
      clientId: uuidOf(number),
      clientSeq: number,
    }),
  );
  expect(await store.messages.append(batch)).toMatchObject(
    retries.map(([, seq]) => ({ status: "duplicate", seq })),
  );
}
