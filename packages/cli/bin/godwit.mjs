#!/usr/bin/env node
// Finds the pinned Bun among the installed packages and hands over to it. Runs on Node 20 or newer, and on Bun itself.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The path of the Bun binary, or undefined. `bin/bun.exe` is its name on every system once npm ran Bun's install script. */
function findBun() {
  if (process.versions.bun) return process.execPath;
  try {
    const folder = dirname(require.resolve("bun/package.json"));
    const placed = join(folder, "bin", "bun.exe");
    // Without the install script the binary still lies in the package for this platform (musl and baseline variants included).
    const arch = process.arch === "arm64" ? "aarch64" : process.arch;
    const platform = process.platform === "win32" ? "windows" : process.platform;
    const file = process.platform === "win32" ? "bun.exe" : "bun";
    const direct = ["", "-musl", "-baseline"].map((variant) =>
      join(folder, "..", "@oven", `bun-${platform}-${arch}${variant}`, "bin", file),
    );
    return [...direct, placed].find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}

const bun = findBun();
if (bun === undefined) {
  console.error(
    "godwit: Bun, the runtime that godwit is pinned to, is not installed.\n  → run `npm install` in the folder of godwit, then try again",
  );
  process.exit(1);
}

const args = [main, ...process.argv.slice(2)];
if (typeof process.execve === "function" && process.platform !== "win32") {
  // Replaces this process: one process less, and every signal arrives by itself.
  process.removeAllListeners("warning");
  process.execve(bun, [bun, ...args], process.env);
}

const child = spawn(bun, args, { stdio: "inherit" });
// A terminal sends SIGINT to the whole group, so the child has it already; everything else reaches only this process.
for (const signal of ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"])
  process.on(signal, () => child.kill(signal));
process.on("SIGINT", () => {
  if (!process.stdin.isTTY) child.kill("SIGINT");
});
child.on("error", (error) => {
  console.error(
    `godwit: Bun did not start: ${error.message}\n  → remove the folder node_modules, run \`npm install\`, and try again`,
  );
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
