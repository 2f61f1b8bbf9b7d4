/** What the browser must fetch before the page can be used, as it comes over the wire. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = join(import.meta.dir, "../../dist");

export interface Sizes {
  /** Bytes, gzipped: the page, and the scripts and styles that it names, with all that those import at once. */
  readonly initial: number;
  /** The same, by file. */
  readonly files: ReadonlyMap<string, number>;
  /** Bytes, gzipped, of all scripts and styles. */
  readonly all: number;
}

const gzipped = (file: string) => gzipSync(readFileSync(join(dist, file)), { level: 6 }).length;

/** Follows static imports from the page; what is loaded later by `import()` does not count. */
export function sizes(): Sizes {
  const files = new Map<string, number>();
  const add = (file: string) => {
    if (files.has(file)) return;
    files.set(file, gzipped(file));
    if (!file.endsWith(".js")) return;
    const source = readFileSync(join(dist, file), "utf8");
    for (const [, imported = ""] of source.matchAll(
      /(?:^|[;}\s])(?:import|export)\b[^("']*?["']\.\/([\w.-]+\.js)["']/g,
    ))
      add(join("assets", imported));
  };
  files.set("index.html", gzipped("index.html"));
  const page = readFileSync(join(dist, "index.html"), "utf8");
  for (const [, file = ""] of page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)) add(file);
  const initial = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  const assets = readdirSync(join(dist, "assets")).filter((file) => /\.(js|css)$/.test(file));
  const all = assets.reduce((sum, file) => sum + gzipped(join("assets", file)), 0);
  return { initial, files, all };
}
