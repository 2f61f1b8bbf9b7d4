/** A real server with the built web client, in a process of its own that can be killed and started again on the same data and port. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doorsClosed } from "@godwit/server/config";

const root = join(import.meta.dir, "../../../..");
const built = join(root, "apps/web/dist/index.html");
const startWithinMs = 20_000;

const settings: readonly string[] = [
  ...Object.keys(doorsClosed).map((door) => `${door}=false`),
  "accounts.registrationsPerHourMax=10000",
  "listen.drainMs=200",
  // Long conversations are filled by one hand.
  "limits.sendsPerSecondMax=1000000",
  "limits.sendsBurst=1000000",
];

export class AppServer {
  readonly url: string;
  readonly dir: string;
  readonly #port: number;
  readonly #more: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, more: readonly string[]) {
    this.#port = port;
    this.#more = more;
    this.url = `http://localhost:${port}`;
    this.dir = mkdtempSync(join(tmpdir(), "godwit-web-"));
  }

  /** With more arguments for `godwit serve`. */
  static async start(...more: string[]): Promise<AppServer> {
    if (!existsSync(built))
      throw new Error(
        "The web client is not built: run the tests by `npm test`, or `node apps/web/scripts/build.mjs` before.",
      );
    const server = new AppServer(await freePort(), more);
    await server.start();
    return server;
  }

  /** Starts the process; resolves when the server answers. */
  async start(): Promise<void> {
    const args = ["serve", "--host", "127.0.0.1", "--port", String(this.#port), "--data", this.dir];
    const sets = settings.flatMap((setting) => ["--set", setting]);
    const child = spawn(
      process.execPath,
      [join(root, "packages/cli/src/main.ts"), ...args, ...sets, ...this.#more],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, NO_COLOR: "1" },
      },
    );
    this.#process = child;
    let output = "";
    const ready = Promise.withResolvers<void>();
    const heard = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
      if (output.includes("Ctrl-C")) ready.resolve();
    };
    child.stdout?.on("data", heard);
    child.stderr?.on("data", heard);
    child.once("exit", (code) =>
      ready.reject(new Error(`The server ended with ${code}:\n${output}`)),
    );
    const timer = setTimeout(
      () => ready.reject(new Error(`No server yet:\n${output}`)),
      startWithinMs,
    );
    await ready.promise.finally(() => clearTimeout(timer));
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops and removes the data. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }
}

/** The port stays the same over a restart: pages keep what they know by origin. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
