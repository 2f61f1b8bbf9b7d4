import { SQLiteError } from "bun:sqlite";
import { StoreError, type StoreErrorReason } from "../port.ts";

/** What SQLite's result codes (https://www.sqlite.org/rescode.html) mean to callers of the store. */
const reasons: readonly (readonly [prefix: string, reason: StoreErrorReason])[] = [
  ["SQLITE_FULL", "full"],
  ["SQLITE_READONLY", "read_only"],
  ["SQLITE_PERM", "read_only"],
  ["SQLITE_CORRUPT", "corrupt"],
  ["SQLITE_NOTADB", "corrupt"],
  ["SQLITE_IOERR", "unavailable"],
  ["SQLITE_BUSY", "unavailable"],
  ["SQLITE_LOCKED", "unavailable"],
  ["SQLITE_CANTOPEN", "unavailable"],
  ["SQLITE_NOMEM", "unavailable"],
  ["SQLITE_PROTOCOL", "unavailable"],
];

/** Turns a failure of SQLite that comes from outside (disk, file, lock) into a StoreError. Undefined for anything else: that is a mistake of ours. */
export function storeErrorOf(error: unknown): StoreError | undefined {
  if (error instanceof StoreError) return error;
  if (!(error instanceof SQLiteError)) return undefined;
  const code = error.code ?? "";
  const known = reasons.find(([prefix]) => code.startsWith(prefix));
  return known === undefined ? undefined : new StoreError(known[1], `${error.message} (${code})`);
}

/**
 * Whether a sync failed. The kernel may then have dropped what it could not write and call the next sync a success (fsync(2), "Errors"):
 * nothing that is written through this opening of the file can be trusted to stay, not even what an earlier sync of an index left to a later one.
 */
export function isLostSync(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_IOERR_(DIR_)?FSYNC$/.test(error.code ?? "");
}
