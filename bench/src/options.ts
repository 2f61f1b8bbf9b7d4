/** The arguments of `godwit bench` and `godwit drill`. */
import { parseArgs } from "node:util";
import { protocolNames, type ProtocolName } from "./target/protocols.ts";
import { rivalNames, rivals, type RivalName } from "./target/rivals.ts";

export const scenarios = ["direct", "group", "idle", "churn", "burst", "startup"] as const;
export const drills = ["crash", "migrate"] as const;

export interface Options {
  readonly seconds: number;
  readonly connections: number;
  /** Messages per second; searched for if not given. */
  readonly rate: number | undefined;
  readonly codec: "json" | "binary";
  /** What the load speaks; the codec is of WebSocket alone. */
  readonly protocol: ProtocolName;
  /** Another server to be put under the same load. */
  readonly against: RivalName | undefined;
  /** Members of the group, and how many of them are online. */
  readonly members: number;
  readonly online: number;
  /** Bytes of text in each message. */
  readonly payload: number;
  readonly json: boolean;
  readonly floor: boolean;
  readonly half: boolean;
  readonly url: string | undefined;
  readonly secret: string | undefined;
  readonly pid: number | undefined;
  /** Where the data folders are made; must be on a real disk. */
  readonly data: string | undefined;
  readonly runs: number;
  readonly seed: number;
}

/** What the user wrote is not understood; the message says what would be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const flags = {
  url: { type: "string" },
  secret: { type: "string" },
  pid: { type: "string" },
  seconds: { type: "string" },
  connections: { type: "string" },
  rate: { type: "string" },
  codec: { type: "string" },
  protocol: { type: "string" },
  against: { type: "string" },
  members: { type: "string" },
  online: { type: "string" },
  payload: { type: "string" },
  data: { type: "string" },
  runs: { type: "string" },
  seed: { type: "string" },
  half: { type: "boolean" },
  floor: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const usage = `godwit bench direct|group|idle|churn|burst|startup [options]
godwit drill crash|migrate [--seconds N] [--seed N] [--json]

  --url URL          a server that runs already (ws://host:port); needs --secret. Without it, one is started on an empty folder.
  --secret TEXT      its accounts.hostTokens.secret, to sign the users' tokens with
  --pid N            its process, if it is on this machine, for CPU and memory
  --seconds N        length of the measured part (10; churn: 20; burst: 10 after the burst; drill: 20)
  --connections N    direct: 1000, idle: 15000, churn: 200, burst: 1000
  --members N        group: members (1000), of whom --online N (all) are connected
  --rate N           messages per second; without it the capacity is searched for
  --half             run at half of the capacity
  --codec C          json (default) or binary
  --protocol P       direct, group, idle: ${protocolNames.join(", ")} (ws; bin is ws with --codec binary)
  --against S        direct, group, idle: also put ${rivalNames.join(" or ")} under the same load, and compare
  --payload BYTES    text per message (64)
  --floor            also run the bare program for the scenario under the same load, and compare
  --data DIR         where data folders are made (the system's temporary folder)
  --runs N           startup: how often (10)
  --seed N           drill: chooses the instants of the kills, or the cuts and the ways back
  --json             print the result as one line of JSON`;

const connectionDefaults: Readonly<Record<string, number>> = { idle: 15_000, churn: 200 };
const secondDefaults: Readonly<Record<string, number>> = { churn: 20, crash: 20, migrate: 20 };

export interface Parsed {
  readonly name: string;
  readonly help: boolean;
  readonly options: Options;
}

/** Reads the arguments of one of the commands. @throws UsageError */
export function parseOptions(argv: readonly string[], names: readonly string[]): Parsed {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const name = positionals[0] ?? "";
  if (values.help !== true && (positionals.length !== 1 || !names.includes(name))) {
    throw new UsageError(`one of ${names.join(", ")} is expected, not "${positionals.join(" ")}"`);
  }
  const against = oneOf("against", values.against, rivalNames);
  const protocol =
    oneOf("protocol", values.protocol, protocolNames) ??
    (against === undefined ? "ws" : rivals[against].protocol);
  const codec =
    oneOf("codec", values.codec, ["json", "binary"] as const) ??
    (protocol === "bin" ? "binary" : "json");
  refuseMixtures(name, { protocol, codec, against, floor: values.floor === true });
  const members = number("members", values.members, 2, 1_000_000) ?? 1_000;
  const options: Options = {
    seconds: number("seconds", values.seconds, 1, 86_400) ?? secondDefaults[name] ?? 10,
    connections:
      number("connections", values.connections, 2, 1_000_000) ?? connectionDefaults[name] ?? 1_000,
    rate: number("rate", values.rate, 1, 10_000_000),
    codec,
    protocol: protocol === "ws" && codec === "binary" ? "bin" : protocol,
    against,
    members,
    online: number("online", values.online, 2, members) ?? members,
    payload: number("payload", values.payload, 1, 60_000) ?? 64,
    json: values.json ?? false,
    floor: values.floor ?? false,
    half: values.half ?? false,
    url: values.url,
    secret: values.secret,
    pid: number("pid", values.pid, 1, 2 ** 22),
    data: values.data,
    runs: number("runs", values.runs, 1, 1_000) ?? 10,
    seed: number("seed", values.seed, 0, 2 ** 31) ?? Math.floor(Math.random() * 2 ** 31),
  };
  return { name, help: values.help ?? false, options };
}

/** What was asked for in a word of its own, or undefined. @throws UsageError */
function oneOf<const W extends string>(
  name: string,
  word: string | undefined,
  words: readonly W[],
): W | undefined {
  if (word === undefined || (words as readonly string[]).includes(word))
    return word as W | undefined;
  throw new UsageError(`--${name} is one of ${words.join(", ")}, not ${word}`);
}

/** Scenarios that speak whatever they are told to. */
const anyProtocol: readonly string[] = ["direct", "group", "idle"];

function refuseMixtures(
  scenario: string,
  asked: {
    readonly protocol: ProtocolName;
    readonly codec: string;
    readonly against: RivalName | undefined;
    readonly floor: boolean;
  },
): void {
  const { protocol, codec, against, floor } = asked;
  const isWeb = protocol === "ws" || protocol === "bin";
  if (!isWeb && !anyProtocol.includes(scenario) && scenario !== "")
    throw new UsageError(`${scenario} speaks only ws`);
  if (!isWeb && floor) throw new UsageError("the floor speaks only ws");
  if (codec === "binary" && !isWeb)
    throw new UsageError("--codec is of WebSocket: leave it out, or --protocol");
  if (against === undefined) return;
  if (!anyProtocol.includes(scenario))
    throw new UsageError(`--against is for ${anyProtocol.join(", ")}`);
  if (rivals[against].protocol !== protocol)
    throw new UsageError(`${against} speaks ${rivals[against].protocol}`);
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: flags, allowPositionals: true, strict: true });
}

function number(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not ${text}`);
  }
  return value;
}
