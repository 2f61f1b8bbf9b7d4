import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStorage } from "./file-storage.ts";
import { indexedDbStorage } from "./indexeddb.ts";
import { Journal } from "./journal.ts";
import {
  type ClientStorage,
  memoryStorage,
  type OutboxEntry,
  type StorageChange,
} from "./storage.ts";
import { fakeIndexedDb } from "./testing/fake-indexeddb.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-storage-"));
});
afterEach(() => rm(folder, { recursive: true }));

const entry = (clientSeq: number): OutboxEntry => ({
  // Descending, so that the order of the keys is not the order of the queue.
  clientId: `${99 - clientSeq}000000-0000-4000-8000-000000000000`,
  clientSeq,
  conversation: "d:alice:bob",
  kind: "text",
  content: { text: `m${clientSeq}\n"quoted" 界` },
  createdAt: 1,
});

/** How an engine is made, and made again over what it has kept. */
const engines: Record<
  string,
  () => { open(): ClientStorage; reopen(before: ClientStorage): ClientStorage }
> = {
  memory: () => ({ open: memoryStorage, reopen: (before) => before }),
  file: () => {
    const open = (): ClientStorage => fileStorage(join(folder, "deep", "alice.jsonl"));
    return { open, reopen: open };
  },
  "file, synced": () => {
    const open = (): ClientStorage => fileStorage(join(folder, "alice.jsonl"), { sync: true });
    return { open, reopen: open };
  },
  IndexedDB: () => {
    const database = fakeIndexedDb();
    const open = (): ClientStorage => indexedDbStorage("alice", database);
    return { open, reopen: open };
  },
};

for (const [name, make] of Object.entries(engines)) {
  describe(`storage: ${name}`, () => {
    test("begins empty", async () => {
      const storage = make().open();
      expect(await storage.load()).toEqual({
        synced: false,
        clientSeq: 0,
        entries: new Map(),
        cursors: new Map(),
      });
      await storage.close();
    });

    test("gives back what it was told, after being opened anew", async () => {
      const { open, reopen } = make();
      const storage = open();
      await storage.load();
      const changes: StorageChange[] = [
        { type: "identity", user: "alice", device: "phone" },
        { type: "queued", entry: entry(1) },
        { type: "queued", entry: entry(2) },
        { type: "cursor", conversation: "d:alice:bob", seq: 3 },
      ];
      await storage.write(changes);
      await storage.write([
        { type: "queued", entry: entry(3) },
        { type: "settled", clientId: entry(1).clientId },
        { type: "settled", clientId: "never seen" },
        { type: "synced" },
        { type: "cursor", conversation: "d:alice:bob", seq: 9 },
        { type: "cursor", conversation: "g:1:abcdefgh", seq: 1 },
      ]);
      await storage.close();
      const again = reopen(storage);
      const state = await again.load();
      expect(state).toEqual({
        user: "alice",
        device: "phone",
        synced: true,
        clientSeq: 3,
        entries: new Map([2, 3].map((seq) => [entry(seq).clientId, entry(seq)])),
        cursors: new Map([
          ["d:alice:bob", 9],
          ["g:1:abcdefgh", 1],
        ]),
      });
      expect([...state.entries.values()].map(({ clientSeq }) => clientSeq)).toEqual([2, 3]);
      await again.close();
    });

    test("never uses a number twice, though nothing waits any more", async () => {
      const { open, reopen } = make();
      const storage = open();
      await storage.load();
      await storage.write([
        { type: "identity", device: "phone" },
        { type: "queued", entry: entry(7) },
        { type: "settled", clientId: entry(7).clientId },
      ]);
      await storage.close();
      const second = reopen(storage);
      await second.load();
      await second.close();
      const third = reopen(second);
      expect((await third.load()).clientSeq).toBe(7);
      await third.close();
    });

    test("what it gave out is the caller's own", async () => {
      const storage = make().open();
      const state = await storage.load();
      state.cursors.set("d:alice:bob", 5);
      await storage.write([{ type: "cursor", conversation: "g:1:abcdefgh", seq: 1 }]);
      expect(state.cursors.size).toBe(1);
      await storage.close();
    });
  });
}

describe("file storage", () => {
  const path = (): string => join(folder, "alice.jsonl");

  test("passes over a line that a crash left half written", async () => {
    const storage = fileStorage(path());
    await storage.load();
    await storage.write([{ type: "cursor", conversation: "d:alice:bob", seq: 4 }]);
    await storage.close();
    await appendFile(path(), '[{"type":"cursor","conv');
    const again = fileStorage(path());
    expect((await again.load()).cursors.get("d:alice:bob")).toBe(4);
    await again.write([{ type: "cursor", conversation: "d:alice:bob", seq: 5 }]);
    await again.close();
    const third = fileStorage(path());
    expect((await third.load()).cursors.get("d:alice:bob")).toBe(5);
    await third.close();
  });

  test("refuses a file that is damaged elsewhere", async () => {
    await writeFile(path(), 'nonsense\n[{"type":"synced"}]\n');
    expect(await Promise.resolve(fileStorage(path()).load()).catch(String)).toContain(
      "damaged in line 1",
    );
  });

  test("is written anew when it has grown", async () => {
    const storage = fileStorage(path());
    await storage.load();
    for (let seq = 1; seq <= 5_000; seq++)
      await storage.write([{ type: "cursor", conversation: "d:alice:bob", seq }]);
    expect((await readFile(path(), "utf8")).split("\n").length).toBeLessThan(1_000);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    await storage.close();
    const again = fileStorage(path());
    expect((await again.load()).cursors.get("d:alice:bob")).toBe(5_000);
    await again.close();
  });
});

describe("journal", () => {
  function slowStorage(): {
    storage: ClientStorage;
    batches: StorageChange[][];
    settle: ((error?: Error) => void)[];
  } {
    const batches: StorageChange[][] = [];
    const settle: ((error?: Error) => void)[] = [];
    const storage: ClientStorage = {
      ...memoryStorage(),
      write(changes) {
        batches.push([...changes]);
        return new Promise((resolve, reject) =>
          settle.push((error) => (error ? reject(error) : resolve())),
        );
      },
    };
    return { storage, batches, settle };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test("writes one batch at a time, with the last cursor of each conversation", async () => {
    const { storage, batches, settle } = slowStorage();
    const journal = new Journal(storage, () => {});
    const done: string[] = [];
    journal.put({ type: "synced" }, () => void done.push("synced"));
    journal.cursor("a", 1);
    journal.cursor("a", 2);
    journal.put({ type: "settled", clientId: "x" }, () => void done.push("x"));
    expect(batches).toEqual([[{ type: "synced" }]]);
    settle[0]?.();
    await turn();
    expect(done).toEqual(["synced"]);
    expect(batches[1]).toEqual([
      { type: "settled", clientId: "x" },
      { type: "cursor", conversation: "a", seq: 2 },
    ]);
    settle[1]?.();
    await journal.flush();
    expect(done).toEqual(["synced", "x"]);
  });

  test("reports a failure, and keeps the cursors for the next batch", async () => {
    const { storage, batches, settle } = slowStorage();
    const errors: unknown[] = [];
    const journal = new Journal(storage, (error) => void errors.push(error));
    let failed: unknown;
    journal.cursor("a", 1);
    journal.put({ type: "settled", clientId: "x" }, (error) => (failed = error));
    settle[0]?.(new Error("disk full"));
    await turn();
    expect(errors).toMatchObject([{ name: "storage_failed", message: "disk full" }]);
    expect(batches[1]).toEqual([
      { type: "settled", clientId: "x" },
      { type: "cursor", conversation: "a", seq: 1 },
    ]);
    settle[1]?.(new Error("still full"));
    await turn();
    expect(failed).toMatchObject({ name: "storage_failed" });
    // Nothing new waits: a full disk is not hammered.
    expect(batches.length).toBe(2);
    const flushing = journal.flush();
    settle[2]?.();
    await flushing;
    expect(batches[2]).toEqual([{ type: "cursor", conversation: "a", seq: 1 }]);
  });
});
