/** Bytes of binary TCP and what becomes of them: the examples of docs/protocols/tcp.md, and the corpus of everything that fuzzes a reader of it. */
import { type Control, encodeControl } from "../tcp/control.ts";
import { tcpLimits } from "../tcp/bounds.ts";
import { encodeFrame, frameFlags } from "../tcp/header.ts";
import { utf8 } from "./samples.ts";

export interface TcpFrame {
  readonly flags: number;
  readonly channel: number;
  readonly payload: Uint8Array;
}

export interface TcpCase {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** `frames`: exactly those; `partial`: those, and a frame that has not ended; else what the connection is closed with. */
  readonly outcome: "frames" | "partial" | "bad_frame" | "frame_too_large" | "unsupported_version";
  readonly frames: readonly TcpFrame[];
}

export interface ControlCase {
  readonly name: string;
  readonly payload: Uint8Array;
  /** What it says; undefined if it is refused. */
  readonly control: Control | undefined;
}

/** `20 00 01` as bytes. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[\da-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
}

const frame = (channel: number, payload: string | Uint8Array, flags = 0): TcpFrame => ({
  flags,
  channel,
  payload: typeof payload === "string" ? utf8(payload) : payload,
});
const refused = (name: string, hex: string, outcome: TcpCase["outcome"]): TcpCase => ({
  name,
  bytes: fromHex(hex),
  outcome,
  frames: [],
});
function whole(name: string, ...frames: readonly TcpFrame[]): TcpCase {
  const parts = frames.map(({ channel, payload, flags }) => encodeFrame(channel, payload, flags));
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  return { name, bytes, outcome: "frames", frames };
}

const largest = new Uint8Array(tcpLimits.frameBytesMax).fill(0x20);

export const tcpCases: readonly TcpCase[] = [
  {
    name: "one frame",
    bytes: fromHex("20 01 02 7b 7d"),
    outcome: "frames",
    frames: [frame(1, "{}")],
  },
  {
    name: "a channel of two bytes",
    bytes: fromHex("20 c8 01 02 7b 7d"),
    outcome: "frames",
    frames: [frame(200, "{}")],
  },
  {
    name: "the flag of compression",
    bytes: fromHex("21 05 01 00"),
    outcome: "frames",
    frames: [frame(5, new Uint8Array(1), frameFlags.compressed)],
  },
  whole("two frames", frame(1, "one"), frame(2, "two")),
  whole("the highest channel", frame(tcpLimits.channelMax, "{}")),
  whole("the largest frame", frame(3, largest), frame(3, "after it")),
  {
    ...whole("the beginning of a frame", frame(1, "{}")),
    bytes: fromHex("20 01 02 7b"),
    outcome: "partial",
    frames: [],
  },
  { ...refused("half a header", "20 ff", "partial") },
  {
    name: "a frame and half a header",
    bytes: fromHex("20 01 02 7b 7d 20"),
    outcome: "partial",
    frames: [frame(1, "{}")],
  },
  refused("TLS", "16 03 01 00 c5 01", "unsupported_version"),
  refused("HTTP", "47 45 54 20 2f 20", "unsupported_version"),
  refused("MQTT", "10 10 00 04 4d 51 54 54", "unsupported_version"),
  refused("zeros", "00 00 00 00", "unsupported_version"),
  refused("a version to come", "40 01 02 7b 7d", "unsupported_version"),
  refused("a reserved flag", "24 01 02 7b 7d", "bad_frame"),
  refused("XML, which has the version but the wrong flags", "3c 3f 78 6d 6c", "bad_frame"),
  refused("an empty frame", "20 01 00", "bad_frame"),
  refused("a number not in its shortest form", "20 81 00 02 7b 7d", "bad_frame"),
  refused("a length not in its shortest form", "20 01 82 80 00", "bad_frame"),
  refused("a channel beyond 28 bits", "20 ff ff ff ff 01", "bad_frame"),
  refused("a length beyond 28 bits", "20 01 ff ff ff ff 01", "bad_frame"),
  refused("a number without end", "20 80 80 80 80 80 80 80", "bad_frame"),
  refused("one byte more than the largest frame", "20 01 81 80 10", "frame_too_large"),
  refused("a bomb", "20 01 ff ff ff 7f", "frame_too_large"),
  refused("too much on channel 0", "20 00 81 20", "frame_too_large"),
];

const said = (name: string, control: Exclude<Control, { op: "unknown" }>): ControlCase => ({
  name,
  payload: encodeControl(control),
  control,
});
const unsaid = (name: string, hex: string): ControlCase => ({
  name,
  payload: fromHex(hex),
  control: undefined,
});
const helloText = (text: string) => Uint8Array.from([1, ...utf8(text)]);

export const controlCases: readonly ControlCase[] = [
  said("hello", { op: "hello", codec: "json", windowBytes: 262_144 }),
  said("hello with everything", {
    op: "hello",
    codec: "binary",
    compression: ["deflate", "zstd", "something-new"],
    dictionary: 1,
    windowBytes: tcpLimits.windowBytesMax,
  }),
  {
    name: "hello with a field to come",
    payload: helloText('{"codec":"json","windowBytes":65536,"more":[1]}'),
    control: { op: "hello", codec: "json", windowBytes: 65_536 },
  },
  said("welcome", { op: "welcome", windowBytes: 262_144, channelsMax: 1_024 }),
  said("welcome with compression", {
    op: "welcome",
    compression: "deflate",
    dictionary: 1,
    windowBytes: 262_144,
    channelsMax: 1,
  }),
  said("open", { op: "open", channel: 1 }),
  said("open of a high channel", { op: "open", channel: tcpLimits.channelMax }),
  said("close", { op: "close", channel: 1, code: 4_002, reason: "Nothing was heard." }),
  said("close of the connection", { op: "close", channel: 0, code: 4_000, reason: "" }),
  said("credit", { op: "credit", channel: 1, bytes: 131_072 }),
  { name: "a number to come", payload: fromHex("63 01"), control: { op: "unknown", number: 0x63 } },
  unsaid("open of nothing", "03"),
  unsaid("open of half a number", "03 80"),
  unsaid("close without a code", "04 01"),
  unsaid("a reason that is not UTF-8", "04 01 a0 1f c3 28"),
  unsaid("credit without bytes", "05 01"),
  unsaid("hello that is not JSON", "01 7b"),
  unsaid("hello that is no object", "01 5b 5d"),
  unsaid("hello that is not UTF-8", "01 22 ff 22"),
  {
    name: "hello without a codec",
    payload: helloText('{"windowBytes":65536}'),
    control: undefined,
  },
  {
    name: "hello with too small a window",
    payload: helloText('{"codec":"json","windowBytes":65535}'),
    control: undefined,
  },
  {
    name: "hello that nests",
    payload: helloText(
      `{"codec":"json","windowBytes":65536,"a":${"[".repeat(900)}${"]".repeat(900)}}`,
    ),
    control: undefined,
  },
  {
    name: "hello with compression that is no list",
    payload: helloText('{"codec":"json","windowBytes":65536,"compression":"zstd"}'),
    control: undefined,
  },
];
