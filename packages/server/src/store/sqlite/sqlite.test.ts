import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeSuite, type OpenedStore } from "../suite.ts";
import type { Sizes } from "./limits.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite.ts";

const open = (sizes: Partial<Sizes>) => async (): Promise<OpenedStore> => {
  const dir = mkdtempSync(join(tmpdir(), "godwit-store-"));
  let store: SqliteStore = await openSqliteStore({ dir, sizes });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ dir, sizes });
      return store;
    },
    remove: () => rmSync(dir, { recursive: true }),
  };
};

storeSuite("sqlite", open({}));
// So small that a dozen rows fill segments, parts and pieces of the write-ahead log.
storeSuite(
  "sqlite, small",
  open({
    tailRows: 4_096,
    segmentRows: 8,
    restRows: 3,
    spanRows: 3,
    partRows: 64,
    heads: 1,
    checkpointPages: 4,
  }),
);
