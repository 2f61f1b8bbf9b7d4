import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { OfflineQueue, Restored } from "./port.ts";

/** Keeps the queue through a graceful stop. Call it when no session is left and nothing is pushed any more. */
export async function saveOffline(queue: OfflineQueue, path: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(queue.save());
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/**
 * Takes the queue back at the start, if the last stop was graceful; undefined if it was not. The file is removed before it is used: after a crash, places from before it
 * would claim to be complete while everything since is missing. If it cannot be removed, this rejects and nothing is restored.
 */
export async function restoreOffline(
  queue: OfflineQueue,
  path: string,
): Promise<Restored | undefined> {
  const data = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (data === undefined) return undefined;
  await rm(path);
  await syncFolder(dirname(path));
  return queue.restore(data);
}

/** The removal must survive a power cut like any other write. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
