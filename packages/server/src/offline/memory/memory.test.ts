import { afterAll, beforeAll, expect, test } from "bun:test";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { restoreOffline, saveOffline } from "../file.ts";
import { offlineSuite } from "../suite.ts";
import { MemoryOffline } from "./memory.ts";

offlineSuite(
  "memory",
  (config, clock) => new MemoryOffline({ clock: { ...systemClock, ...clock }, config }),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-offline-"));
});
afterAll(() => rm(folder, { recursive: true }));

const open = () => new MemoryOffline({ clock: systemClock, config: {} });

test("the file of a graceful stop is used once", async () => {
  const path = join(folder, "offline");
  const before = open();
  before.park("bob", "phone", [{ conversation: "d:alice:bob", seq: 1 }]);
  await saveOffline(before, path);
  const after = open();
  expect(await restoreOffline(after, path)).toEqual({ ok: true, users: 1, entries: 2 });
  expect(after.claim("bob", "phone").complete).toBe(true);
  expect(access(path)).rejects.toThrow("ENOENT");
  expect(await restoreOffline(open(), path)).toBeUndefined();
});

test("a file of anything else is refused with its reason, and gone", async () => {
  const path = join(folder, "garbage");
  await writeFile(path, "not a queue\n");
  expect(await restoreOffline(open(), path)).toEqual({ ok: false, reason: "format" });
  expect(access(path)).rejects.toThrow("ENOENT");
});

test("skip and push cost users without absent devices nothing", () => {
  const queue = open();
  for (let user = 0; user < 10_000; user += 1) {
    queue.push(`user${user}`, { conversation: "g:0:abcdefgh", seq: 1 });
    queue.skip(`user${user}`);
  }
  expect(queue.stats()).toMatchObject({ users: 0, entries: 0 });
});
