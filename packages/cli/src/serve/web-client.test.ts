import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@godwit/server/config";
import { withWebClient } from "./web-client.ts";

const config = (webDir?: string) => loadConfig({ env: {}, flags: { webDir } });

test("the web client of the clone is served if it was built and no other is configured", () => {
  const folder = mkdtempSync(join(tmpdir(), "godwit-web-"));
  try {
    expect(withWebClient(config(), folder).webDir).toBeUndefined();
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
    expect(withWebClient(config(), folder).webDir).toBe(folder);
    expect(withWebClient(config("/srv/other"), folder).webDir).toBe("/srv/other");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
