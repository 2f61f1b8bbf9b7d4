/**
 * What plays are performed on: a real server on a free port with an in-memory store (or the engine that a play asks for), and actors that speak the wire
 * protocol by hand through real sockets.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  jsonCodec,
  type Codec,
  type CommandName,
  type Params,
  type Result,
  type WireError,
} from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { doorsClosed, loadConfig } from "@godwit/server/config";
import { startServer, type Overrides, type RunningServer } from "@godwit/server";
import { Actor, patiently, type ActorOptions, type Venue } from "./actor.ts";
import { hostSecret, token } from "./tokens.ts";
import type { Way } from "./way.ts";
import { rawWays, ways, webSocketWay } from "./ways.ts";

export { token } from "./tokens.ts";

export const codecs: readonly Codec[] = [jsonCodec, binaryCodec];
/** For `describe.each`: the name and the codec. */
export const eachCodec = codecs.map((codec) => [codec.name, codec] as const);
/** For plays that every transport can perform: the name and the way. */
export const eachWay = ways.map((way) => [way.name, way] as const);
/** For plays in which broken frames are sent. */
export const eachRawWay = rawWays.map((way) => [way.name, way] as const);

export interface StageOptions {
  /** By WebSocket with this codec; JSON if there is no way either. */
  readonly codec?: Codec;
  readonly way?: Way;
  /** Settings by dotted path, such as `sessions.resumeMs`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly overrides?: Overrides;
}

export class Stage implements Venue {
  readonly way: Way;
  readonly #options: StageOptions;
  readonly #actors: Actor[] = [];
  readonly #dirs: string[];
  readonly #firstAdmin: RunningServer["firstAdmin"];
  #server: RunningServer;
  #adminToken: Promise<string> | undefined;

  constructor(server: RunningServer, options: StageOptions, dir: string) {
    this.#server = server;
    this.#firstAdmin = server.firstAdmin;
    this.#options = options;
    this.way = options.way ?? webSocketWay(options.codec ?? jsonCodec);
    this.#dirs = [dir];
  }

  get codec(): Codec {
    return this.way.codec;
  }

  get server(): RunningServer {
    return this.#server;
  }

  get url(): string {
    return this.#server.url;
  }

  get ports(): RunningServer["ports"] {
    return this.#server.ports;
  }

  /** A user's device, connected and past its hello. Users come into being with their first token. */
  async actor(user: string, options: ActorOptions = {}): Promise<Actor> {
    const actor = new Actor(this, user, options);
    this.#actors.push(actor);
    await actor.connect();
    return actor;
  }

  /** Several users at once, each on one device. */
  cast<const U extends readonly string[]>(...users: U): Promise<{ [I in keyof U]: Actor }> {
    return Promise.all(users.map((user) => this.actor(user))) as Promise<{ [I in keyof U]: Actor }>;
  }

  /** The administrator of the first start, on a device. */
  async admin(): Promise<Actor> {
    const user = this.#firstAdmin?.user ?? "";
    return this.actor(user, { token: await this.adminToken() });
  }

  adminToken(): Promise<string> {
    return (this.#adminToken ??= this.post("/api/login", { ...this.#firstAdmin }).then(
      (reply) => (reply as { token: string }).token,
    ));
  }

  /** Runs a command over HTTP with this user's token. */
  async http<C extends CommandName>(
    user: string,
    command: C,
    params: Params<C>,
  ): Promise<Result<C> | WireError> {
    const reply = await this.post(`/api/commands/${command}`, params, await token(user));
    return reply as Result<C> | WireError;
  }

  /** Posts JSON and returns the reply's. */
  async post(path: string, body: object, bearer?: string, method = "POST"): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  /** A number that the server tells of itself. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  }

  /** Asks for a number until it is as wanted. */
  async metricReaches(name: string, wanted: (value: number) => boolean): Promise<void> {
    const ask = async () => {
      while (!wanted(await this.metric(name)));
    };
    await patiently(ask(), `${name} to be as wanted`);
  }

  /** Stops the server in good order and starts it again on the same data; actors have to come back by themselves. */
  async restart(): Promise<void> {
    await this.#server.stop();
    await this.#start(this.#dirs.at(-1) ?? "");
  }

  /** Starts again on what was on the disk while the server ran, as after a crash. */
  async crash(): Promise<void> {
    const image = mkdtempSync(join(tmpdir(), "godwit-play-"));
    cpSync(this.#dirs.at(-1) ?? "", image, { recursive: true });
    this.#dirs.push(image);
    await this.#server.stop();
    await this.#start(image);
  }

  async close(): Promise<void> {
    for (const actor of this.#actors) actor.leaveStage();
    await this.#server.stop();
    for (const dir of this.#dirs) rmSync(dir, { recursive: true, force: true });
  }

  async #start(dir: string): Promise<void> {
    this.#server = await startServer(configOf(dir, this.#options), this.#options.overrides);
  }
}

/** Sets a stage up. The caller closes it. */
export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "godwit-play-"));
  return new Stage(await startServer(configOf(dir, options), options.overrides), options, dir);
}

function configOf(dir: string, options: StageOptions) {
  return loadConfig({
    env: {},
    flags: {
      ...doorsClosed,
      dataDir: dir,
      "listen.host": "127.0.0.1",
      "listen.port": 0,
      "listen.drainMs": 500,
      "store.engine": "memory",
      "log.level": "error",
      "accounts.hostTokens.secret": hostSecret,
      "receipts.announceMs": 5,
      ...options.way?.settings,
      ...options.settings,
    },
  });
}
