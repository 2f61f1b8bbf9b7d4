/**
 * What every command of this repository needs before it can start: a new enough Node, the packages of the lock file, and
 * the built parts. Runs on plain Node without any package, and does nothing (in a few milliseconds) when all is in place.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { explain } from "./explain.mjs";
import { SetupError, step } from "./progress.mjs";
import { words } from "./words.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));
const nodeModules = join(root, "node_modules");
const bunFile = join(nodeModules, "bun", "bin", "bun.exe");
const nodeVersionMin = [20, 17];
/** A second command waits this long for the set-up that a first one runs. */
const lockWaitMsMax = 600_000;

/** The runtime that the lock file pins. */
export const bun = bunFile;

/**
 * Parts that are built from sources. `output` is younger than every file under `sources` when the part is up to date.
 * @type {readonly { name: string, sources: readonly string[], output: string, script: string }[]}
 */
const builds = [
  {
    name: "client",
    sources: ["packages/client/src", "packages/client/scripts", "packages/protocol/src"],
    output: "packages/client/dist/index.js",
    script: "packages/client/scripts/build.mjs",
  },
  {
    name: "web",
    sources: [
      "apps/web/src",
      "apps/web/public",
      "apps/web/scripts",
      "apps/web/index.html",
      "apps/web/vite.config.ts",
      "apps/web/package.json",
      "packages/client/src",
      "packages/protocol/src",
    ],
    output: "apps/web/dist/index.html",
    script: "apps/web/scripts/build.mjs",
  },
];

/** Installs and builds what is missing. Throws a SetupError whose message says what to do. */
async function prepare(parts) {
  checkNode();
  if (packagesCurrent() && parts.every(buildCurrent)) return;
  const release = await takeLock();
  try {
    if (!packagesCurrent()) await install();
    for (const build of parts) if (!buildCurrent(build)) await runBuild(build);
  } finally {
    release();
  }
}

/**
 * Runs a command's body after the set-up; a failed set-up prints its message alone and exits with 1.
 * @param {(args: string[]) => Promise<number>} body gets the command's arguments and returns its exit code
 * @param {{ build: boolean }} [needs] whether the built parts are needed; the packages always are
 */
export async function main(body, needs = { build: true }) {
  try {
    await prepare(needs.build ? builds : []);
    process.exitCode = await body(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > nodeVersionMin[0] || (major === nodeVersionMin[0] && minor >= nodeVersionMin[1]))
    return;
  throw new SetupError(words().node(nodeVersionMin.join("."), process.versions.node));
}

/** True if every package of the lock file is installed in the version it names. npm keeps its own record of what it installed. */
function packagesCurrent() {
  const wanted = readLock(join(root, "package-lock.json"));
  const installed = readLock(join(nodeModules, ".package-lock.json"));
  if (wanted === undefined || installed === undefined || !runtimeInstalled()) return false;
  return Object.entries(wanted).every(([path, pkg]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    if (found === undefined) return pkg.optional === true || pkg.peer === true;
    return found.version === pkg.version && found.link === pkg.link;
  });
}

function readLock(file) {
  if (!fs.existsSync(file)) return undefined;
  return JSON.parse(fs.readFileSync(file, "utf8")).packages;
}

/** The package holds a short text in place of the program until its install script has run. */
function runtimeInstalled() {
  return fs.existsSync(bunFile) && fs.statSync(bunFile).size > 1_000_000;
}

async function install() {
  checkWritable();
  const fresh = !fs.existsSync(nodeModules);
  const flags = [
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--include=dev",
    "--include=optional",
    // Without a network, say so within seconds instead of a minute and a half.
    "--fetch-retries=3",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=8000",
  ];
  // On a fresh clone exactly the lock file; later only the differences, so that a running server keeps its files.
  const command = fresh ? ["ci"] : ["install", "--no-save"];
  await step(fresh ? words().install : words().update, () => runNpm([...command, ...flags]));
  // Where npm was told to run no install scripts at all, the runtime's own is run here: nothing works without it.
  if (!runtimeInstalled()) {
    await step(words().runtime, () =>
      run(process.execPath, ["install.js"], join(nodeModules, "bun")),
    );
  }
}

function checkWritable() {
  try {
    fs.accessSync(root, fs.constants.W_OK);
    if (fs.existsSync(nodeModules)) fs.accessSync(nodeModules, fs.constants.W_OK);
  } catch (error) {
    throw new SetupError(explain(error.code, String(error), root));
  }
}

/** npm tells the scripts it runs where it lives; without that (`node scripts/start.mjs`) it is looked up in the path. */
function runNpm(args) {
  const npm = process.env["npm_execpath"];
  if (npm !== undefined && /npm-cli\.c?js$/.test(npm))
    return run(process.execPath, [npm, ...args], root);
  return run("npm", args, root, process.platform === "win32");
}

/** Runs a program silently; its output is shown only if it fails. */
function run(program, args, cwd, shell = false) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, shell, stdio: ["ignore", "pipe", "pipe"] });
    // A set-up that is called off takes the program along that it started.
    const stop = (signal) => {
      child.kill(signal);
      process.exit(1);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop);
    let output = "";
    const keep = (chunk) => (output = (output + chunk).slice(-20_000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) =>
      reject(new SetupError(explain(error.code, `${program}: ${error.message}`, root))),
    );
    child.once("close", (code) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, stop);
      if (code === 0) resolve();
      else reject(new SetupError(explain(undefined, output.trim(), root)));
    });
  });
}

function buildCurrent(build) {
  const output = join(root, build.output);
  if (!fs.existsSync(output)) return false;
  const builtAt = fs.statSync(output).mtimeMs;
  return build.sources.every((folder) => newestMs(join(root, folder)) <= builtAt);
}

/** Modification time of the youngest file below a folder, or of a file; 0 for what does not exist. */
function newestMs(folder) {
  const info = fs.statSync(folder, { throwIfNoEntry: false });
  if (info === undefined) return 0;
  if (info.isFile()) return info.mtimeMs;
  const times = fs.readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return newestMs(path);
    return /\.test\.tsx?$/.test(entry.name) ? 0 : fs.statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}

async function runBuild(build) {
  await step(words()[build.name], () => run(bunFile, [join(root, build.script)], root));
  const now = new Date();
  fs.utimesSync(join(root, build.output), now, now);
}

/** One set-up at a time: `npm start` and `npm test` in two terminals of a fresh clone must not install over each other. */
async function takeLock() {
  const file = join(root, ".setup.lock");
  const release = () => fs.rmSync(file, { force: true });
  if (tryLock(file)) return release;
  await step(words().waiting, async () => {
    for (const until = Date.now() + lockWaitMsMax; Date.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (tryLock(file)) return;
    }
    throw new SetupError(words().locked(file));
  });
  return release;
}

function tryLock(file) {
  try {
    const handle = fs.openSync(file, "wx");
    fs.writeSync(handle, String(process.pid));
    fs.closeSync(handle);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw new SetupError(explain(error.code, String(error), root));
    if (!holderAlive(file)) fs.rmSync(file, { force: true });
    return false;
  }
}

function holderAlive(file) {
  try {
    const holder = Number(fs.readFileSync(file, "utf8"));
    // Empty for the instant between creating and writing it.
    if (holder === 0) return Date.now() - fs.statSync(file).mtimeMs < 5_000;
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
