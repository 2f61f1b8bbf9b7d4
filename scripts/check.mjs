/**
 * `npm run check [-- names]`: everything that can be said about the code without running the product. Every check runs, so that
 * one call tells all that is wrong.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { bun, main, root } from "./setup.mjs";

const tool = (path, ...args) => [join(root, "node_modules", path), ...args];

/** @type {readonly { name: string, args: readonly string[], remedy: string }[]} */
const checks = [
  { name: "format", args: tool("oxfmt/bin/oxfmt", "--check"), remedy: "npm run format" },
  {
    name: "lint",
    args: tool("oxlint/bin/oxlint", "--deny-warnings"),
    remedy: "the rules and their reasons are in .oxlintrc.json",
  },
  {
    name: "types",
    args: tool("typescript/bin/tsc", "--noEmit", "--pretty", "false"),
    remedy: "the options are in tsconfig.json",
  },
  {
    name: "architecture",
    args: ["test", "--only-failures", "test/architecture.test.ts"],
    remedy: "each message says what to do; the ranks are a list in test/architecture/ranks.ts",
  },
  {
    name: "dead-code",
    args: tool("knip/bin/knip.js", "--no-config-hints"),
    remedy: "delete what nobody uses, or stop exporting it",
  },
];

/** Runs one check and keeps what it prints; standard input stays closed. */
function run(check) {
  return new Promise((resolve) => {
    const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };
    const env = { ...process.env, ...color };
    const child = spawn(bun, check.args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", (error) => resolve({ passed: false, output: String(error) }));
    child.once("close", (code) => resolve({ passed: code === 0, output }));
  });
}

await main(
  async (names) => {
    const unknown = names.filter((name) => !checks.some((check) => check.name === name));
    if (unknown.length > 0) {
      console.error(
        `There is no check named ${unknown.join(", ")}. There are: ${checks.map((check) => check.name).join(", ")}.`,
      );
      return 2;
    }
    let failed = 0;
    const chosen = checks.filter((check) => names.length === 0 || names.includes(check.name));
    for (const check of chosen) {
      const startedAt = Date.now();
      const { passed, output } = await run(check);
      if (!passed) console.log(`\n${output.trim()}\n`);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      console.log(
        `${check.name.padEnd(14)}${passed ? "ok" : `FAILED (${check.remedy})`}  ${seconds} s`,
      );
      if (!passed) failed += 1;
    }
    console.log(`${chosen.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  },
  { build: false },
);
