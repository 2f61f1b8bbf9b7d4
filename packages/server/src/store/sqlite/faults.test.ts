import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../lib/digest.ts";
import { StoreError, type Store } from "../port.ts";
import { creation, group, makeGroup, seqs, text } from "../suite/samples.ts";
import { inspectDatabase } from "./open.ts";
import { openSqliteStore } from "./sqlite.ts";

const drill = new URL("./drills/full_disk.ts", import.meta.url).pathname;

/** Gives a folder that is removed afterwards. */
async function withDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "godwit-faults-"));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function refusal(dir: string): Promise<StoreError> {
  const error = await openSqliteStore({ dir }).then(
    async (store) => store.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

/** A store with that many messages of about 200 bytes (or of `textBytes`), closed. */
async function filled(dir: string, messages: number, textBytes = 180): Promise<void> {
  const store = await openSqliteStore({ dir, sizes: { restRows: 16 } });
  await makeGroup(store, ["alice", "bob"]);
  await store.messages.append(
    Array.from({ length: messages }, () =>
      text(group, "alice", { content: JSON.stringify({ text: "y".repeat(textBytes) }) }),
    ),
  );
  await store.close();
}

/** More than is checked as a whole at start, and than the cache holds. */
const large = { messages: 4_500, textBytes: 8_000 } as const;

describe("opening", () => {
  test("makes the folder, leaves no lock behind, and names what it checked", async () => {
    await withDir(async (dir) => {
      const deep = join(dir, "a", "b");
      const store = await openSqliteStore({ dir: deep });
      expect(store.checked).toBe("the whole file");
      expect(readFileSync(join(deep, "godwit.pid"), "utf8").trim()).toBe(String(process.pid));
      await store.close();
      expect(existsSync(join(deep, "godwit.pid"))).toBe(false);
      expect(existsSync(join(deep, "godwit.db-wal"))).toBe(false);
    });
  });

  test("lets nobody else read what holds the keys and the password hashes", async () => {
    await withDir(async (dir) => {
      const open = join(dir, "open");
      mkdirSync(open, { mode: 0o755 });
      const modes = async (data: string) => {
        const store = await openSqliteStore({ dir: data });
        const found = ["", "godwit.db", "godwit.db-wal"].map((name) =>
          (statSync(join(data, name)).mode & 0o777).toString(8),
        );
        await store.close();
        return found;
      };
      expect(await modes(open)).toEqual(["755", "600", "600"]);
      expect(await modes(join(dir, "fresh"))).toEqual(["700", "600", "600"]);
    });
  });

  test("refuses a folder that is open already, in this process or another", async () => {
    await withDir(async (dir) => {
      const store = await openSqliteStore({ dir });
      const here = await refusal(dir);
      expect(here.reason).toBe("unavailable");
      expect(here.message).toContain(`pid ${process.pid}`);
      const script = `import { openSqliteStore } from ${JSON.stringify(new URL("./sqlite.ts", import.meta.url).pathname)};
        await openSqliteStore({ dir: ${JSON.stringify(dir)} }).catch((error) => console.log(error.reason));`;
      const other = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
      expect(other.stdout.trim()).toBe("unavailable");
      expect(seqs(await store.messages.append([creation(group, ["alice"])]))).toEqual([1]);
      await store.close();
    });
  });

  test("refuses a newer schema", async () => {
    await withDir(async (dir) => {
      await filled(dir, 1);
      const db = new Database(join(dir, "godwit.db"));
      db.run("INSERT INTO schema_version (version, description) VALUES (99, 'of the future')");
      db.close(true);
      expect((await refusal(dir)).reason).toBe("newer_schema");
    });
  });

  test("takes an older file over, and knows its messages again", async () => {
    await withDir(async (dir) => {
      const store = await openSqliteStore({ dir });
      const content = '{"text":"a *****"}';
      const message = text(group, "alice", { content });
      await store.messages.append([creation(group, ["alice"]), message]);
      await store.close();
      const db = new Database(join(dir, "godwit.db"));
      db.run("ALTER TABLE log DROP COLUMN sent_digest");
      db.run("DELETE FROM schema_version WHERE version >= 3");
      db.close(true);
      const newer = await openSqliteStore({ dir });
      const sentDigest = digestOf('{"text":"a goose"}');
      const again = await newer.messages.append([message, { ...message, sentDigest }]);
      expect(seqs(again)).toEqual([2, 2]);
      await newer.close();
    });
  });

  test("is looked into without a trace, whatever state it was left in", async () => {
    await withDir(async (dir) => {
      await filled(dir, 3);
      const db = new Database(join(dir, "godwit.db"));
      db.run("ALTER TABLE log DROP COLUMN sent_digest");
      db.run("DELETE FROM schema_version WHERE version >= 3");
      db.close(true);
      const file = () => readFileSync(join(dir, "godwit.db"));
      const [before, names] = [file(), readdirSync(dir)];
      expect(inspectDatabase(dir)).toBe("the whole file");
      expect(file().equals(before)).toBe(true);
      expect(readdirSync(dir)).toEqual(names);
      // As a crash leaves it: the newest is in the write-ahead log only.
      const store = await openSqliteStore({ dir });
      await store.messages.append([text(group, "alice")]);
      const crashed = join(dir, "crashed");
      mkdirSync(crashed);
      const script = `import { inspectDatabase } from ${JSON.stringify(new URL("./open.ts", import.meta.url).pathname)};
        try { console.log(inspectDatabase(process.argv[1])); } catch (error) { console.log(error.reason); }`;
      const inspect = (folder: string) =>
        spawnSync(process.execPath, ["-e", script, folder], { encoding: "utf8" }).stdout.trim();
      expect(inspect(dir)).toBe("unavailable");
      // By another process: whoever closes the file here gives up the lock.
      spawnSync("cp", ["godwit.db", "godwit.db-wal", "crashed"], { cwd: dir });
      await store.close();
      const log = readFileSync(join(crashed, "godwit.db-wal"));
      expect(log.length).toBeGreaterThan(0);
      expect(inspect(crashed)).toBe("the whole file");
      expect(readFileSync(join(crashed, "godwit.db-wal")).equals(log)).toBe(true);
      writeFileSync(join(dir, "godwit.db"), "no database".repeat(1_000));
      expect(() => inspectDatabase(dir)).toThrow(expect.objectContaining({ reason: "corrupt" }));
    });
  });

  test("refuses another program's file, and one that is no database", async () => {
    await withDir(async (dir) => {
      const db = new Database(join(dir, "godwit.db"), { create: true });
      db.run("CREATE TABLE theirs (x)");
      db.close(true);
      expect(await refusal(dir)).toMatchObject({
        reason: "corrupt",
        message: expect.stringContaining("not a Godwit store"),
      });
      writeFileSync(
        join(dir, "godwit.db"),
        "no database at all, but long enough to be taken for one".repeat(100),
      );
      expect((await refusal(dir)).reason).toBe("corrupt");
    });
  });

  test("refuses a path that cannot be a folder", async () => {
    await withDir(async (dir) => {
      writeFileSync(join(dir, "file"), "");
      expect((await refusal(join(dir, "file"))).reason).toBe("unavailable");
      expect((await refusal(join(dir, "file", "below"))).reason).toBe("unavailable");
    });
  });
});

describe("damage", () => {
  test("a file that lost its end is refused", async () => {
    await withDir(async (dir) => {
      await filled(dir, 5_000);
      const path = join(dir, "godwit.db");
      truncateSync(path, Math.floor(statSync(path).size / 2));
      expect((await refusal(dir)).reason).toBe("corrupt");
    });
  });

  test("flipped bytes in any page are refused or change nothing that is read; never a crash", async () => {
    await withDir(async (dir) => {
      await filled(dir, 2_000);
      const path = join(dir, "godwit.db");
      const sound = readFileSync(path);
      let refused = 0;
      for (let page = 0; page < sound.length / 4_096; page += 12) {
        writeFileSync(path, sound);
        const file = openSync(path, "r+");
        // The header of a page: its type, its cells and where they are.
        writeSync(file, Buffer.alloc(48, 0xa5), 0, 48, page * 4_096 + (page === 0 ? 100 : 0));
        closeSync(file);
        const store = await openSqliteStore({ dir }).catch((error: unknown) => error);
        if (store instanceof Error) {
          expect(store).toMatchObject({ name: "StoreError", reason: "corrupt" });
          refused += 1;
        } else {
          await (store as Store).close();
        }
      }
      expect(refused).toBeGreaterThan(5);
    });
  }, 30_000);

  test("damage that shows when it is read fails that read, as what it is, and nothing else", async () => {
    await withDir(async (dir) => {
      await filled(dir, large.messages, large.textBytes);
      const path = join(dir, "godwit.db");
      const file = openSync(path, "r+");
      const middle = Math.floor(statSync(path).size / 2 / 8_192) * 8_192;
      writeSync(file, Buffer.alloc(64 * 8_192, 0xa5), 0, 64 * 8_192, middle);
      closeSync(file);
      const store = await openSqliteStore({ dir });
      const read = store.messages.range(group, 1, large.messages, large.messages, "oldest");
      expect(await read.catch((error: unknown) => error)).toMatchObject({
        name: "StoreError",
        reason: "corrupt",
      });
      expect(seqs(await store.messages.append([text(group, "alice")]))).toEqual([
        large.messages + 2,
      ]);
      expect(await store.messages.range(group, 1, 5, 5, "oldest")).toHaveLength(5);
      await store.close();
    });
  });

  test("a large file whose copying from the write-ahead log was cut off in a page is whole; without the log it is not", async () => {
    await withDir(async (dir) => {
      await filled(dir, large.messages, large.textBytes);
      const store = await openSqliteStore({ dir });
      await store.messages.append([text(group, "alice"), text(group, "alice")]);
      const copy = join(dir, "copy");
      mkdirSync(copy);
      const path = join(copy, "godwit.db");
      writeFileSync(path, readFileSync(join(dir, "godwit.db")));
      writeFileSync(`${path}-wal`, readFileSync(join(dir, "godwit.db-wal")));
      await store.close();
      // Half a page: what a full disk, or a power cut, makes of a write past the end.
      appendFileSync(path, Buffer.alloc(4_096));
      const cut = await openSqliteStore({ dir: copy });
      expect(seqs(await cut.messages.append([text(group, "alice")]))).toEqual([large.messages + 4]);
      await cut.close();
      truncateSync(path, statSync(path).size - 4_096);
      expect((await refusal(copy)).reason).toBe("corrupt");
    });
  });

  test("a write-ahead log that lost its end gives back what was before it", async () => {
    await withDir(async (dir) => {
      const store = await openSqliteStore({ dir });
      await makeGroup(store, ["alice"]);
      await store.messages.append([text(group, "alice")]);
      const copy = join(dir, "copy");
      mkdirSync(copy);
      const wal = readFileSync(join(dir, "godwit.db-wal"));
      writeFileSync(join(copy, "godwit.db"), readFileSync(join(dir, "godwit.db")));
      writeFileSync(join(copy, "godwit.db-wal"), wal.subarray(0, wal.length - 10));
      await store.close();
      const cut = await openSqliteStore({ dir: copy });
      expect(seqs(await cut.messages.append([text(group, "alice")]))).toEqual([2]);
      await cut.close();
    });
  });
});

/** Whether this machine lets us mount a file system of our own, in a namespace of our own. */
const mountable = spawnSync("unshare", ["-rm", "true"]).status === 0;

describe.skipIf(!mountable && process.env["CI"] !== "true")("disk (needs unshare -rm)", () => {
  const inMount = (options: string, command: string) =>
    withMountPoint((dir) =>
      spawnSync(
        "unshare",
        [
          "-rm",
          "sh",
          "-ec",
          `mount -t tmpfs -o ${options} tmpfs '${dir}'; ${command.replaceAll("DIR", `'${dir}'`)}`,
        ],
        { encoding: "utf8" },
      ),
    );

  test("a full disk refuses writes, keeps what was stored, and heals without a restart", () => {
    const run = inMount("size=4m", `'${process.execPath}' '${drill}' DIR`);
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toMatchObject({
      reason: "full",
      healthWhenFull: { writable: false, reason: "full" },
      faultsWhenFull: [],
      again: "full",
      healedAlone: true,
      faultsAfter: [],
      faultsReopened: [],
      duplicates: ["duplicate"],
    });
  }, 30_000);

  test("a read-only disk is refused as such, new and old", () => {
    const open = `'${process.execPath}' -e 'import { openSqliteStore } from "${new URL("./sqlite.ts", import.meta.url).pathname}";
      await openSqliteStore({ dir: process.argv[1] }).then((store) => store.close(), (error) => console.log(error.reason));'`;
    const run = inMount(
      "size=4m",
      `${open} DIR/data; mount -o remount,ro DIR; ${open} DIR/data; ${open} DIR/other`,
    );
    expect(run.stdout.trim().split("\n")).toEqual(["read_only", "read_only"]);
  });
});

function withMountPoint<Result>(run: (dir: string) => Result): Result {
  const dir = mkdtempSync(join(tmpdir(), "godwit-mount-"));
  try {
    return run(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
