/**
 * Builds `dist/`: ES modules for Node and Bun (`index.js`, `node.js`, `binary.js`, `tcp.js`, `platform-sockets.js`), one for browsers
 * (`browser.js`), and self-contained declarations (`types/`). Replaces the old ones only when all has gone well.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const client = join(here, "..");
const packages = join(client, "..");
const protocol = join(packages, "protocol");
/** `build.mjs FOLDER` makes a package in that folder, as it would be published, in place of `dist/`. */
const target = process.argv[2];
const dist = target === undefined ? join(client, "dist") : join(target, "dist");
const next = join(client, `dist.next.${process.pid}`);
const require = createRequire(import.meta.url);
const bun = join(dirname(require.resolve("bun/package.json")), "bin/bun.exe");
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");

const run = (program, ...args) =>
  execFileSync(program, args, { cwd: client, stdio: ["ignore", "pipe", "inherit"] });

try {
  mkdirSync(next, { recursive: true });
  bundle();
  declarations();
  rmSync(dist, { recursive: true, force: true });
  if (target === undefined) renameSync(next, dist);
  else {
    cpSync(next, dist, { recursive: true });
    writeFileSync(join(target, "package.json"), JSON.stringify(publishedManifest(), null, 2));
  }
} finally {
  rmSync(next, { recursive: true, force: true });
}

/** The manifest without what only holds in this repository: entries that lead to the sources. */
function publishedManifest() {
  const manifest = JSON.parse(readFileSync(join(client, "package.json"), "utf8"));
  delete manifest.devDependencies;
  for (const conditions of Object.values(manifest.exports)) delete conditions.bun;
  manifest.imports = Object.fromEntries(
    Object.entries(manifest.imports).map(([name, conditions]) => [name, conditions.default]),
  );
  return manifest;
}

function bundle() {
  const entries = ["index", "node", "binary", "tcp", "platform-sockets"].map((name) =>
    join("src", `${name}.ts`),
  );
  // Shared code goes into chunks, so that errors are of one class whichever entry they come from.
  run(
    bun,
    "build",
    ...entries,
    "--outdir",
    next,
    "--target",
    "node",
    "--format",
    "esm",
    "--splitting",
    "--external",
    "#sockets",
  );
  // What is loaded on demand stays a file of its own, for the application's bundler to keep apart.
  run(
    bun,
    "build",
    join("src", "index.ts"),
    "--outdir",
    next,
    "--entry-naming",
    "browser.[ext]",
    "--chunk-naming",
    "browser-[hash].[ext]",
    "--target",
    "browser",
    "--format",
    "esm",
    "--splitting",
    // The application's bundler gives the chunks other names, and knows best what to load ahead.
    "--no-module-preload",
  );
}

/** Declarations of client and protocol side by side; the protocol's schemas become plain types, so that nobody needs their library. */
function declarations() {
  const types = join(next, "types");
  const project = join(next, "tsconfig.json");
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(packages, "../tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        rootDir: packages,
        outDir: types,
        // Found as sources: what is found through node_modules is not written out.
        paths: {
          "@godwit/protocol": [join(protocol, "src/index.ts")],
          "@godwit/protocol/tcp": [join(protocol, "src/tcp/tcp.ts")],
          "@godwit/protocol/*": [join(protocol, "src/*.ts")],
        },
      },
      include: [],
      files: ["index", "node", "binary", "tcp"].map((name) => join(client, "src", `${name}.ts`)),
    }),
  );
  run(process.execPath, tsc, "-p", project);
  rmSync(project);
  const schemas = execFileSync(bun, [join(here, "schema-types.ts")], {
    cwd: protocol,
    encoding: "utf8",
  });
  writeFileSync(join(types, "protocol/src/schemas.d.ts"), schemas);
  prune(types);
  for (const file of walk(types))
    writeFileSync(file, portable(readFileSync(file, "utf8"), file, types));
}

/** Keeps what the public declarations lead to. */
function prune(types) {
  const wanted = new Set();
  const visit = (file) => {
    if (wanted.has(file) || !existsSync(file)) return;
    wanted.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(
      /(?:from|import\() ?"([^"]+)"/g,
    )) {
      visit(resolveTypes(specifier, file, types));
    }
  };
  for (const name of ["index", "node", "binary"]) visit(join(types, "client/src", `${name}.d.ts`));
  for (const file of walk(types)) if (!wanted.has(file)) rmSync(file);
}

function resolveTypes(specifier, file, types) {
  if (specifier === "@godwit/protocol") return join(types, "protocol/src/index.d.ts");
  if (specifier.startsWith("@godwit/protocol/"))
    return join(types, "protocol/src", `${specifier.slice(17)}.d.ts`);
  return join(dirname(file), specifier.replace(/\.ts$/, ".d.ts"));
}

/** Specifiers that every resolver understands. */
function portable(text, file, types) {
  return text.replace(/((?:from|import\() ?")([^"]+)"/g, (whole, before, specifier) => {
    if (!specifier.startsWith(".") && !specifier.startsWith("@godwit/protocol")) return whole;
    const target = relative(dirname(file), resolveTypes(specifier, file, types)).replace(
      /\.d\.ts$/,
      ".js",
    );
    return `${before}${target.startsWith(".") ? target : `./${target}`}"`;
  });
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}
