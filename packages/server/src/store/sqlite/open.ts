import { constants as sqlite, Database } from "bun:sqlite";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StoreError } from "../port.ts";
import { storeErrorOf } from "./errors.ts";
import { applicationId, migrations, schemaVersion } from "./schema.ts";

const databaseName = "godwit.db";
/** Names the process that has the store open, for the message that a second one gets. The lock itself is SQLite's, on the file. */
const holderName = "godwit.pid";
/** Up to this size the whole file is checked at start (some 50 ms); beyond it only what `checkLarge` looks at. */
const wholeCheckBytesMax = 33_554_432;

export interface OpenedDatabase {
  readonly db: Database;
  /** What was checked at start, in words, for the log. */
  readonly checked: string;
  readonly release: () => void;
}

/**
 * Opens the file in `dir`, made if it is not there, brings its schema up to date and checks it. Throws StoreErrors: `read_only`, `full`, `unavailable`
 * (another process has it), `newer_schema`, `corrupt`.
 */
export function openDatabase(dir: string): OpenedDatabase {
  makeWritable(dir);
  const path = join(dir, databaseName);
  const holder = join(dir, holderName);
  let db: Database | undefined;
  try {
    makePrivate(path);
    db = new Database(path, { create: true, readwrite: true });
    configure(db, holder);
    const version = versionOf(db, path);
    const checked = check(db, path);
    migrate(db, version);
    nameHolder(holder);
    const opened = db;
    return {
      db: opened,
      checked,
      release: () => {
        // Without `true` the file would stay locked until the garbage collector has found every statement.
        opened.close(true);
        rmSync(holder, { force: true });
      },
    };
  } catch (error) {
    db?.close(true);
    throw storeErrorOf(error) ?? fileError(error) ?? error;
  }
}

/**
 * Checks the file in `dir` as `openDatabase` does, and throws as it does, but writes nothing to it: neither a lock nor a newer schema. Returns what was checked, in
 * words.
 */
export function inspectDatabase(dir: string): string {
  const path = join(dir, databaseName);
  let db: Database | undefined;
  try {
    db = openToRead(path, join(dir, holderName));
    versionOf(db, path);
    return check(db, path);
  } catch (error) {
    throw storeErrorOf(error) ?? fileError(error) ?? error;
  } finally {
    db?.close(true);
  }
}

/** Where nobody has the file open and no log lies beside it, it is opened as one that never changes, which leaves no trace; else its lock and its log count. */
function openToRead(path: string, holder: string): Database {
  if (existsSync(`${path}-wal`) || existsSync(holder))
    return new Database(path, { readonly: true });
  const url = pathToFileURL(resolve(path));
  url.searchParams.set("immutable", "1");
  return new Database(url.href, sqlite.SQLITE_OPEN_READONLY | sqlite.SQLITE_OPEN_URI);
}

function makeWritable(dir: string): void {
  try {
    const made = mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (made !== undefined) syncMade(resolve(made), resolve(dir));
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(error) ?? error;
  }
}

/** SQLite syncs the names in the folder, but not that of the folder itself: without it a power cut could take all of it away. */
function syncMade(first: string, last: string): void {
  for (let made = last; made.length >= first.length; made = dirname(made)) {
    const parent = openSync(dirname(made), "r");
    try {
      fsyncSync(parent);
    } finally {
      closeSync(parent);
    }
  }
}

/**
 * Signing keys and password hashes are for the server's own user, also in a folder that others may enter. The write-ahead log takes over the mode. Only for a new
 * file: closing one that this process has open would give up its lock (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

function fileError(error: unknown): StoreError | undefined {
  const code = (error as { code?: string }).code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === "EROFS" || code === "EACCES" || code === "EPERM")
    return new StoreError("read_only", `The data folder is not writable: ${message}`);
  if (code === "ENOSPC" || code === "EDQUOT")
    return new StoreError("full", `The disk of the data folder is full: ${message}`);
  if (code === "ENOTDIR" || code === "EEXIST" || code === "EIO")
    return new StoreError("unavailable", `The data folder cannot be used: ${message}`);
  return undefined;
}

/** Exclusive locking: one process per folder, and no shared-memory file beside it that a full disk could break. */
function configure(db: Database, holder: string): void {
  try {
    // Only for a new file. Half the system calls of 4 KB pages: each page of a commit costs two.
    db.run("PRAGMA page_size = 8192");
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("PRAGMA journal_mode = WAL");
    db.run("BEGIN IMMEDIATE");
    db.run("COMMIT");
  } catch (error) {
    const known = storeErrorOf(error);
    if (known?.reason !== "unavailable" || !known.message.includes("SQLITE_BUSY")) throw error;
    throw new StoreError(
      "unavailable",
      `Another process${holderOf(holder)} has this data folder open; stop it or use another folder.`,
    );
  }
  // Every commit is synced before it returns (https://www.sqlite.org/pragma.html#pragma_synchronous).
  db.run("PRAGMA synchronous = FULL");
  // Checkpoints run between commits, when the writer says so.
  db.run("PRAGMA wal_autocheckpoint = 0");
  db.run("PRAGMA journal_size_limit = 67108864");
  db.run("PRAGMA cache_size = -16384");
  db.run("PRAGMA temp_store = MEMORY");
}

function nameHolder(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    // On a full disk reading still works, and the name is only for a message.
    if (fileError(error)?.reason !== "full") throw error;
  }
}

function holderOf(path: string): string {
  try {
    return ` (pid ${readFileSync(path, "utf8").trim()})`;
  } catch {
    // Only the message would have been better for it.
    return "";
  }
}

function pragma(db: Database, name: string): number {
  return Number(
    Object.values((db.query(`PRAGMA ${name}`).get() as Record<string, unknown> | null) ?? {})[0] ??
      0,
  );
}

/** The schema version of the file, 0 for a new one. */
function versionOf(db: Database, path: string): number {
  const tables = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  if (tables.length === 0) return 0;
  if (
    pragma(db, "application_id") !== applicationId ||
    !tables.some(({ name }) => name === "schema_version")
  ) {
    throw new StoreError("corrupt", `${path} is not a Godwit store.`);
  }
  const version =
    db.query<{ version: number }, []>("SELECT max(version) AS version FROM schema_version").get()
      ?.version ?? 0;
  if (version > schemaVersion) {
    throw new StoreError(
      "newer_schema",
      `${path} has schema ${version}; this version knows schemas up to ${schemaVersion}. Run the newer version.`,
    );
  }
  return version;
}

function migrate(db: Database, from: number): void {
  for (const { version, description, sql } of migrations) {
    if (version <= from) continue;
    db.transaction(() => {
      db.run(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, description TEXT NOT NULL)",
      );
      db.run(`PRAGMA application_id = ${applicationId}`);
      db.run(sql);
      db.run("INSERT INTO schema_version (version, description) VALUES (?, ?)", [
        version,
        description,
      ]);
    }).immediate();
  }
}

function check(db: Database, path: string): string {
  const bytes = statSync(path).size;
  if (bytes <= wholeCheckBytesMax) {
    const faults = db
      .query<{ quick_check: string }, []>("PRAGMA quick_check(3)")
      .all()
      .map((row) => row.quick_check);
    if (faults.length !== 1 || faults[0] !== "ok")
      throw new StoreError("corrupt", `${path} is damaged: ${faults.join("; ")}`);
    return "the whole file";
  }
  checkLarge(db, path, bytes);
  return "length, schema and the newest rows (the file is too large to check as a whole at start)";
}

/** The file ends with a whole page (or the write-ahead log holds the rest: copying it was cut off), and the ends of the big tables can be read. */
function checkLarge(db: Database, path: string, bytes: number): void {
  const pageSize = pragma(db, "page_size");
  const framesInLog = db.query<{ log: number }, []>("PRAGMA wal_checkpoint(NOOP)").get()?.log ?? 0;
  if (bytes % pageSize !== 0 && framesInLog <= 0)
    throw new StoreError("corrupt", `${path} ends in the middle of a page.`);
  db.query("SELECT * FROM log ORDER BY id DESC LIMIT 100").all();
  db.query("SELECT * FROM log ORDER BY id LIMIT 100").all();
  db.query("SELECT * FROM conversations ORDER BY num DESC LIMIT 100").all();
  db.query(
    "SELECT conversation, first_seq FROM spans ORDER BY conversation DESC, first_seq DESC LIMIT 100",
  ).all();
}
