import { type FileHandle, mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import {
  applyChange,
  type ClientStorage,
  emptyState,
  stateChanges,
  type StorageChange,
  type StoredState,
} from "./storage.ts";

/** Batches in the journal before it is written anew. */
const batchesMax = 4_096;

/**
 * Keeps outbox and cursors in a file, for Node and Bun. The file is a journal: one line per batch, a JSON array of changes; it is written anew on
 * opening and when it has grown. Use one file per account and device, and one client per file at a time.
 *
 * @param options.sync flush to disk after every batch, so that it survives a power cut as well as a crash. By default false.
 * @example
 * import { fileStorage } from "@godwit/client/node";
 * const client = connect({ url, token, storage: fileStorage("data/alice.jsonl") });
 */
export function fileStorage(path: string, options: { sync?: boolean } = {}): ClientStorage {
  let state: StoredState = emptyState();
  let handle: FileHandle | undefined;
  let batches = 0;
  let size = 0;

  /** Writes the state beside the journal and puts it in its place, so that a crash leaves one of the two whole. */
  async function rewrite(): Promise<void> {
    const text = `${JSON.stringify(stateChanges(state))}\n`;
    const next = await open(`${path}.next`, "w", 0o600);
    try {
      await next.writeFile(text);
      await next.datasync();
      await rename(`${path}.next`, path);
    } catch (thrown) {
      await next.close();
      throw thrown;
    }
    await handle?.close();
    handle = next;
    batches = 0;
    size = Buffer.byteLength(text);
  }

  return {
    async load() {
      await mkdir(dirname(path), { recursive: true });
      state = readJournal(await readIfThere(path), path);
      await rewrite();
      return { ...state, entries: new Map(state.entries), cursors: new Map(state.cursors) };
    },
    async write(changes) {
      if (!handle) throw new Error(`${path} is not open.`);
      const line = Buffer.from(`${JSON.stringify(changes)}\n`);
      try {
        await handle.write(line, 0, line.length, size);
        if (options.sync) await handle.datasync();
      } catch (thrown) {
        // Half a line would spoil what comes after it.
        await handle.truncate(size);
        throw thrown;
      }
      size += line.length;
      for (const change of changes) applyChange(state, change);
      if (++batches >= batchesMax) await rewrite();
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw thrown;
  }
}

function readJournal(text: string, path: string): StoredState {
  const state = emptyState();
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    if (line === "") continue;
    let changes: StorageChange[];
    try {
      changes = JSON.parse(line) as StorageChange[];
    } catch (thrown) {
      // Only the last line can be half written: it was never reported as kept.
      if (at === lines.length - 1) break;
      throw new Error(`${path} is damaged in line ${at + 1}.`, { cause: thrown });
    }
    for (const change of changes) applyChange(state, change);
  }
  return state;
}
