/** What several tests of the command line share: a context without a terminal, and real processes. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doorsClosed } from "@godwit/server/config";
import picocolors from "picocolors";
import type { Context } from "./context.ts";
import { translator, type Language } from "./i18n/translate.ts";

/** A context that keeps what is written. Without colours, so that texts can be compared. */
export function testContext(language: Language = "en"): Context & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    env: {},
    language,
    t: translator(language),
    colors: picocolors.createColors(false),
    out: (line = "") => void lines.push(line),
    err: (line = "") => void lines.push(line),
    lines,
  };
}

/** Many servers run on this machine: one that wants a door besides the web's says so with `--set`. */
const doorVariables = Object.fromEntries(
  Object.keys(doorsClosed).map((path) => [`GODWIT_${path.replace(".", "_").toUpperCase()}`, "no"]),
);

/** Processes share two cores with other tests. */
const patienceMs = 12_000;
const main = join(import.meta.dir, "main.ts");
const launcher = join(import.meta.dir, "../bin/godwit.mjs");

/** A `godwit` process whose output can be waited for. */
export class Godwit {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = "";
  stderr = "";
  readonly exit: Promise<number>;
  #waiting: (() => void)[] = [];

  constructor(
    args: readonly string[],
    options: {
      readonly env?: Record<string, string>;
      readonly launcher?: boolean;
      readonly cwd?: string;
    } = {},
  ) {
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(GODWIT_|LANG$|LC_)/.test(name)),
    );
    const program = options.launcher === true ? ["node", launcher] : [process.execPath, main];
    this.child = spawn(program[0] ?? "", [...program.slice(1), ...args], {
      env: {
        ...inherited,
        NO_COLOR: "1",
        ...(args[0] === "serve" ? doorVariables : {}),
        ...options.env,
      },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#told();
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#told();
    });
    this.exit = new Promise((resolve) =>
      this.child.on("close", (code) => {
        resolve(code ?? -1);
        this.#told();
      }),
    );
  }

  type(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Settles with the match as soon as standard output (or error) has it; rejects when the process ends without, or takes very long. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + patienceMs;
    const timer = setTimeout(() => this.#told(), patienceMs);
    try {
      return await this.#sees(pattern, deadline);
    } finally {
      clearTimeout(timer);
    }
  }

  async #sees(pattern: RegExp, deadline: number): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      if (this.child.exitCode !== null)
        throw new Error(`ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      if (performance.now() >= deadline)
        throw new Error(`no ${pattern} for ${patienceMs} ms in:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #told(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Runs a command to its end. */
export async function godwit(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const process = new Godwit(args);
  process.child.stdin.end();
  const code = await process.exit;
  return { code, stdout: process.stdout, stderr: process.stderr };
}

/** A server on this machine only, with data of its own; `stop` ends it and removes the data. */
export async function serveGodwit(...args: string[]): Promise<{
  url: string;
  port: number;
  password: string;
  dir: string;
  process: Godwit;
  stop(): Promise<number>;
}> {
  const dir = mkdtempSync(join(tmpdir(), "godwit-cli-"));
  const process = new Godwit([
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--data",
    dir,
    ...args,
  ]);
  const [, url = "", port = ""] = await process.saw(/(http:\/\/\S+:(\d+))/);
  await process.saw(/Ctrl-C/);
  const [, password = ""] = /Password:\s+(\S+)/.exec(process.stdout) ?? [];
  return {
    url,
    port: Number(port),
    password,
    dir,
    process,
    async stop() {
      process.child.kill("SIGTERM");
      const code = await process.exit;
      rmSync(dir, { recursive: true, force: true });
      return code;
    },
  };
}
