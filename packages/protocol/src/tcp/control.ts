import { DecodeError, type Codec } from "../codec.ts";
import { parseJson } from "../json.ts";
import { tcpLimits } from "./bounds.ts";
import { varintBytes, VarintReader, writeVarint } from "./header.ts";

export type Compression = "deflate" | "zstd";

/** The first message of a client: how it wants to speak on this connection. */
export interface LinkHello {
  readonly codec: Codec["name"];
  /** What it can compress and expand with, in the order of its preference; none by default. */
  readonly compression?: readonly string[];
  /** Version of the shared dictionaries that it has; 0, the default: none. */
  readonly dictionary?: number;
  /** Credit of each channel towards the client. */
  readonly windowBytes: number;
}

/** The server's answer. */
export interface LinkWelcome {
  /** What both compress with from now on, if anything. */
  readonly compression?: Compression;
  readonly dictionary?: number;
  /** Credit of each channel towards the server. */
  readonly windowBytes: number;
  /** Channels that may be open at once. */
  readonly channelsMax: number;
}

/** What is said on channel 0. */
export type Control =
  | ({ readonly op: "hello" } & LinkHello)
  | ({ readonly op: "welcome" } & LinkWelcome)
  /** The client opens a channel, with a number above all before. */
  | { readonly op: "open"; readonly channel: number }
  /** Either side ends a channel, or, if it is 0, the connection. */
  | {
      readonly op: "close";
      readonly channel: number;
      readonly code: number;
      readonly reason: string;
    }
  /** Either side takes so many bytes more on a channel. */
  | { readonly op: "credit"; readonly channel: number; readonly bytes: number }
  /** Something newer than this code; to be ignored. */
  | { readonly op: "unknown"; readonly number: number };

export const controlNumbers = { hello: 1, welcome: 2, open: 3, close: 4, credit: 5 } as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The payload of a frame on channel 0. */
export function encodeControl(control: Exclude<Control, { op: "unknown" }>): Uint8Array {
  const number = controlNumbers[control.op];
  switch (control.op) {
    case "hello":
    case "welcome": {
      const { op: _, ...fields } = control;
      return concat([number], encoder.encode(JSON.stringify(fields)));
    }
    case "open":
      return numbers(number, control.channel);
    case "close":
      return concat(numbers(number, control.channel, control.code), clip(control.reason));
    case "credit":
      return numbers(number, control.channel, control.bytes);
  }
}

/** Reads the payload of a frame on channel 0. @throws DecodeError, and nothing else. */
export function decodeControl(payload: Uint8Array): Control {
  const reader = new VarintReader(payload, 1, payload.length);
  const next = (): number => {
    const value = reader.next();
    if (value === undefined) throw bad("A control message is too short.");
    return value;
  };
  const number = payload[0];
  switch (number) {
    case controlNumbers.hello:
      return { op: "hello", ...readHello(json(payload)) };
    case controlNumbers.welcome:
      return { op: "welcome", ...readWelcome(json(payload)) };
    case controlNumbers.open:
      return { op: "open", channel: next() };
    case controlNumbers.close:
      return { op: "close", channel: next(), code: next(), reason: text(payload, reader.position) };
    case controlNumbers.credit:
      return { op: "credit", channel: next(), bytes: next() };
    default:
      return { op: "unknown", number: number ?? 0 };
  }
}

function bad(message: string): DecodeError {
  return new DecodeError("bad_frame", message);
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + varintBytes(value), 0));
  let at = 0;
  for (const value of values) at = writeVarint(bytes, at, value);
  return bytes;
}

function concat(head: ArrayLike<number>, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/** Whole characters only. */
function clip(reason: string): Uint8Array {
  const bytes = new Uint8Array(tcpLimits.reasonBytesMax);
  return bytes.subarray(0, encoder.encodeInto(reason, bytes).written);
}

function text(payload: Uint8Array, at: number): string {
  try {
    return decoder.decode(payload.subarray(at));
  } catch {
    throw bad("A control message is not UTF-8.");
  }
}

function json(payload: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parseJson(text(payload, 1), 4);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad("A hello or welcome is a JSON object.");
  return value as Record<string, unknown>;
}

/** A whole number within bounds, by the name of its field. */
function whole(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  [from, to]: readonly [number, number],
): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < from || value > to)
    throw bad(`${name} must be a whole number from ${from} to ${to}.`);
  return value;
}

const windowRange = [tcpLimits.windowBytesMin, tcpLimits.windowBytesMax] as const;
const dictionaryRange = [0, 255] as const;

function readHello(fields: Readonly<Record<string, unknown>>): LinkHello {
  const { codec, compression, dictionary } = fields;
  if (codec !== "json" && codec !== "binary") throw bad('codec must be "json" or "binary".');
  if (
    compression !== undefined &&
    !(Array.isArray(compression) && compression.every((name) => typeof name === "string"))
  )
    throw bad("compression must be a list of names.");
  return {
    codec,
    windowBytes: whole(fields, "windowBytes", windowRange),
    ...(compression === undefined ? {} : { compression }),
    ...(dictionary === undefined
      ? {}
      : { dictionary: whole(fields, "dictionary", dictionaryRange) }),
  };
}

function readWelcome(fields: Readonly<Record<string, unknown>>): LinkWelcome {
  const { compression, dictionary } = fields;
  if (compression !== undefined && compression !== "deflate" && compression !== "zstd")
    throw bad("The server chose a compression that is not known.");
  return {
    windowBytes: whole(fields, "windowBytes", windowRange),
    channelsMax: whole(fields, "channelsMax", [1, tcpLimits.channelMax]),
    ...(compression === undefined ? {} : { compression }),
    ...(dictionary === undefined
      ? {}
      : { dictionary: whole(fields, "dictionary", dictionaryRange) }),
  };
}
