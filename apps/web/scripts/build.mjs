/** Builds `dist/`, which the server serves. Replaces the old one only when all has gone well. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = join(web, "dist");
const next = join(web, `dist.next.${process.pid}`);

process.env["NODE_ENV"] = "production";
try {
  await build({
    configFile: join(web, "vite.config.ts"),
    build: { outDir: next, emptyOutDir: true },
  });
  const old = `${next}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(next, dist);
  rmSync(old, { recursive: true, force: true });
} finally {
  rmSync(next, { recursive: true, force: true });
}
