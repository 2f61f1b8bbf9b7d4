/** Builds `dist/`, which the server serves. Replaces the old one only when all has gone well. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
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
  await compress(next);
  const old = `${next}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(next, dist);
  rmSync(old, { recursive: true, force: true });
} finally {
  rmSync(next, { recursive: true, force: true });
}

/** Puts smaller forms beside the texts, so that the server need not make them for every caller. */
async function compress(folder) {
  const texts = new Set([".js", ".css", ".html", ".svg", ".webmanifest"]);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && texts.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  const brotli = promisify(brotliCompress);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10 };
  await Promise.all(
    files.map(async (file) => {
      const bytes = readFileSync(file);
      // What fits one packet gains nothing.
      if (bytes.length < 1_000) return;
      writeFileSync(`${file}.br`, await brotli(bytes, { params }));
      writeFileSync(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    }),
  );
}
