/** Binary TCP for loads: one channel a connection, with the frames of the binary codec in it. */
import {
  costOf,
  decodeControl,
  encodeControl,
  encodeFrame,
  readHeader,
  type Control,
} from "@godwit/protocol/tcp";
import type { Ids } from "../load/ids.ts";
import { binaryWire } from "./binary.ts";
import type { Cast } from "./native.ts";
import type { Ears, Wire } from "./wire.ts";

const channel = 1;
/** What the server may send ahead; half of it is given back at once. */
const windowBytes = 16 * 1_048_576;
/** Header of a frame on channel 1 with a payload of 128 to 16,383 bytes, which is what loads send. */
const usualHeadBytes = 4;

/** The settings of the server's door. The load keeps no account of its credit: the server must take what a burst holds. */
export const tcpDoor = (port: number): Readonly<Record<string, string>> => ({
  "tcp.enabled": "true",
  "tcp.port": String(port),
  "tcp.windowBytesMax": String(windowBytes),
});

export function tcpWire(cast: Cast, ids: Ids): Wire {
  const inner = binaryWire(cast, ids);
  const framed = (payload: string | Uint8Array) => encodeFrame(channel, payload as Uint8Array);
  const uncredited = new WeakMap<Ears, number>();

  const credit = (bytes: number, ears: Ears) => {
    const taken = (uncredited.get(ears) ?? 0) + costOf(bytes);
    if (taken * 2 >= windowBytes) {
      ears.answer(control({ op: "credit", channel, bytes: taken }));
      uncredited.set(ears, 0);
    } else uncredited.set(ears, taken);
  };

  return {
    name: "tcp",
    carrier: { by: "stream", walk },
    hello: (hello) =>
      Buffer.concat([
        control({ op: "hello", codec: "binary", windowBytes }),
        control({ op: "open", channel }),
        framed(inner.hello(hello)),
      ]),
    command: (type, id, params) => framed(inner.command(type, id, params)),
    received(position) {
      const frame = inner.received(position);
      return frame && framed(frame);
    },

    sender(route, payloadBytes) {
      const write = inner.sender(route, payloadBytes);
      return (out, at, n) => {
        const end = write(out, at + usualHeadBytes, n);
        const bytes = end - at - usualHeadBytes;
        if (bytes >= 128 && bytes < 16_384) {
          out[at] = 0x20;
          out[at + 1] = channel;
          out[at + 2] = (bytes & 127) | 128;
          out[at + 3] = bytes >> 7;
          return end;
        }
        const frame = framed(Buffer.from(out.subarray(at + usualHeadBytes, end)));
        out.set(frame, at);
        return at + frame.length;
      };
    },

    hear(bytes, from, to, ears) {
      const header = readHeader(bytes, from, to);
      if (header === undefined) throw new Error("half a frame");
      if (header.channel === 0) {
        hearControl(decodeControl(bytes.subarray(header.payloadAt, to)));
        return;
      }
      inner.hear(bytes, header.payloadAt, to, ears);
      credit(header.payloadBytes, ears);
    },
  };
}

function control(said: Exclude<Control, { op: "unknown" }>): Buffer {
  return Buffer.from(encodeFrame(0, encodeControl(said)));
}

function hearControl(said: Control): void {
  if (said.op === "close") throw new Error(`the server closed with ${said.code} ${said.reason}`);
}

function walk(bytes: Buffer, end: number, frame: (from: number, to: number) => void): number {
  let at = 0;
  for (;;) {
    const header = readHeader(bytes, at, end);
    if (header === undefined) return at;
    const next = header.payloadAt + header.payloadBytes;
    if (next > end) return at;
    frame(at, next);
    at = next;
  }
}
