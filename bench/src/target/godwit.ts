/** Our server under load: one of our own making, or one that runs already. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { doorsClosed } from "@godwit/server/config";
import { CannotRun } from "../cannot-run.ts";
import type { Options } from "../options.ts";
import { DataFolder, freePort, startChild } from "./child.ts";
import type { Child } from "./child.ts";
import { protocols, type Spoken } from "./protocols.ts";
import type { Target } from "./target.ts";
import { hostToken } from "./token.ts";

const command = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));
const readyMsMax = 20_000;

/** Nothing listens but what a run asks for: several servers may run on this machine. */
export const doorSettings: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(doorsClosed).map(([path, value]) => [path, String(value)]),
);

/**
 * Settings in which a load differs from a deployment: a secret for its users' tokens, and no rate limit per session or address, since a few
 * connections stand for many people. Everything else is as shipped.
 */
export function loadSettings(secret: string): Record<string, string> {
  return {
    ...doorSettings,
    "accounts.hostTokens.secret": secret,
    "limits.commandsPerSecondMax": "1000000",
    "limits.commandsBurst": "1000000",
    "limits.sendsPerSecondMax": "1000000",
    "limits.sendsBurst": "1000000",
    "limits.connectionsPerAddressMax": "1000000",
    "log.level": "warn",
  };
}

/** Starts `godwit serve` on a data folder and port, and waits until it says that it is ready. Rejects with its output if it ends instead. */
export async function serve(
  dataPath: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly child: Child; readonly readyMs: number }> {
  const sets = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const startMs = performance.now();
  const child = startChild(
    [
      process.execPath,
      command,
      "serve",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--data",
      dataPath,
      ...sets,
    ],
    {},
  );
  let ended: number | undefined;
  void child.exited.then((code) => {
    ended = code;
  });
  while (!(await isReady(port))) {
    if (ended !== undefined) throw new Error(`the server ended with ${ended}: ${child.output()}`);
    if (performance.now() - startMs > readyMsMax) {
      await child.stop("SIGKILL");
      throw new Error(`the server was not ready after ${readyMsMax} ms: ${child.output()}`);
    }
    await Bun.sleep(2);
  }
  return { child, readyMs: performance.now() - startMs };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    // Nobody listens yet.
    return false;
  }
}

/** The target of a run: a new server on an empty folder, or the one at `--url`. */
export async function openTarget(options: Options): Promise<Target> {
  const prefix = `${randomBytes(4).toString("hex")}.`;
  const spoken: Spoken = protocols[options.protocol];
  if (options.url !== undefined) {
    const { secret } = options;
    if (secret === undefined)
      throw new CannotRun("--url needs --secret: the secret of accounts.hostTokens of that server");
    const url = new URL(options.url);
    if (!["ws:", "http:", `${options.protocol}:`].includes(url.protocol))
      throw new CannotRun("--url must be a ws:// or http:// address; the generator speaks no TLS");
    return {
      name: "godwit",
      isServer: true,
      endpoint: { hostname: url.hostname, port: Number(url.port || 80), path: spoken.path },
      pid: options.pid,
      durability: "as that server is configured",
      prefix,
      wire: spoken.wire,
      token: (number) => hostToken(secret, prefix + number),
      output: () => "",
      stop: () => Promise.resolve(),
    };
  }
  const secret = randomBytes(32).toString("hex");
  const data = new DataFolder(options.data);
  const port = freePort();
  const ownPort = spoken.door === undefined ? port : freePort();
  const settings = { ...loadSettings(secret), ...spoken.door?.(ownPort) };
  const { child } = await serve(data.path, port, settings).catch((error: unknown) => {
    data.remove();
    throw error;
  });
  return {
    name: "godwit",
    isServer: true,
    endpoint: { hostname: "127.0.0.1", port: ownPort, path: spoken.path },
    native: {
      endpoint: { hostname: "127.0.0.1", port, path: protocols.ws.path },
      wire: protocols.ws.wire,
    },
    pid: child.pid,
    durability: data.durable ? "fsync" : "none: the data folder is in memory",
    prefix,
    wire: spoken.wire,
    token: (number) => hostToken(secret, prefix + number),
    output: () => child.output(),
    async stop() {
      await child.stop();
      data.remove();
    },
  };
}
