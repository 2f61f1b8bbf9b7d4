import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "@godwit/server";
import { doorsClosed, loadConfig } from "@godwit/server/config";
import { login, register } from "../accounts.ts";
import { type Client, connect } from "../client.ts";
import { GodwitError } from "../errors.ts";
import type { ConnectOptions } from "../options.ts";

/** By dotted path. */
type Settings = Readonly<Record<string, unknown>>;

const password = "correct horse battery";

/** A real server on a free port, whose data is removed afterwards. It can be stopped and started again on the same data. */
export class RealServer {
  #server: RunningServer;
  readonly #dir: string;
  readonly #settings: Settings;
  readonly #clients: Client[] = [];

  private constructor(server: RunningServer, dir: string, settings: Settings) {
    this.#server = server;
    this.#dir = dir;
    this.#settings = settings;
  }

  static async start(settings: Settings = {}): Promise<RealServer> {
    const dir = await mkdtemp(join(tmpdir(), "godwit-client-"));
    return new RealServer(await run(dir, 0, settings), dir, settings);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Of a listener, by its name. */
  port(name: string): number {
    return this.#server.ports[name] ?? 0;
  }

  async restart(): Promise<void> {
    const { port } = this.#server;
    await this.#server.stop();
    this.#server = await run(this.#dir, port, this.#settings);
  }

  /** Signs a user in, with an account made on the first time. */
  async client(user: string, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const credentials = { url: this.url, user, password };
    try {
      await register(credentials);
    } catch (error) {
      if (!(error instanceof GodwitError) || error.name !== "user_exists") throw error;
    }
    const client = connect({
      url: this.url,
      token: () => login(credentials),
      backoffMinMs: 20,
      backoffMaxMs: 200,
      ...options,
    });
    this.#clients.push(client);
    client.on("error", () => {});
    await client.ready();
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.#server.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

function run(dir: string, port: number, settings: Settings): Promise<RunningServer> {
  const config = loadConfig({
    env: {},
    flags: {
      ...doorsClosed,
      dataDir: dir,
      "listen.host": "127.0.0.1",
      "listen.port": port,
      "listen.drainMs": 500,
      "log.level": "error",
      "accounts.loginAttemptsPerMinuteMax": 10_000,
      "accounts.registrationsPerHourMax": 10_000,
      ...settings,
    },
  });
  return startServer(config);
}

/** Settles when the condition holds, looked at whenever anything happens; the test's own time-out is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
