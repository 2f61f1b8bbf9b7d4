import type { CommandFrame } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { opcodes } from "../load/frames.ts";
import type { Ids } from "../load/ids.ts";
import { checkSample, hearDecoded, helloFrame, sampleEvery, textOf } from "./native.ts";
import type { Cast } from "./native.ts";
import type { Ears, Wire } from "./wire.ts";

/**
 * Field tags (number × 8 + wire type) of the public godwit.proto that the hot frames use. The tests compare what is written
 * and read here with the real codec.
 */
const tags = {
  id: 2 * 8,
  send: 23 * 8 + 2,
  messageEvent: 512 * 8 + 2,
  params: { conversation: 10, clientId: 18, clientSeq: 24, kind: 32, content: 42 },
  result: { seq: 16 },
  event: { message: 10 },
  message: { seq: 16, sender: 34, clientSeq: 56, kind: 72 },
  kindText: 1,
} as const;

const clientIdBytes = 36;

/** The binary codec for loads: sends written field by field, acknowledgements and messages scanned. */
export function binaryWire(cast: Cast, ids: Ids): Wire {
  const encode = (frame: unknown) => binaryCodec.encodeCommand(frame as CommandFrame);
  const prefix = Buffer.from(cast.prefix, "latin1");
  return {
    name: "binary",
    carrier: { by: "websocket", subprotocol: binaryCodec.subprotocol, opcode: opcodes.binary },
    hello: (hello) => encode(helloFrame(hello)),
    command: (type, id, params) => encode({ type, id, ...params }),
    received: (position) => encode({ type: "received", position }),

    sender({ conversation }) {
      const content = JSON.stringify({ text: textOf(cast) });
      const start = Buffer.alloc(16 + conversation.length);
      let startBytes = text(start, 0, tags.params.conversation, conversation);
      start[startBytes++] = tags.params.clientId;
      start[startBytes++] = clientIdBytes;
      const end = Buffer.alloc(16 + content.length);
      end[0] = tags.params.kind;
      end[1] = tags.kindText;
      const endBytes = text(end, 2, tags.params.content, content);
      return (out, at, n) => {
        let next = varint(out, varint(out, at, tags.id), n);
        next = varint(
          out,
          varint(out, next, tags.send),
          startBytes + clientIdBytes + 1 + varintBytes(n) + endBytes,
        );
        start.copy(out, next, 0, startBytes);
        next += startBytes;
        out.latin1Write(ids.next(), next);
        next = varint(out, varint(out, next + clientIdBytes, tags.params.clientSeq), n);
        end.copy(out, next, 0, endBytes);
        return next + endBytes;
      };
    },

    hear(bytes, from, to, ears) {
      const scan = new Scan(bytes, from, to);
      if (!hearAck(scan, cast, ears) && !hearMessage(scan, cast, prefix, ears)) {
        hearDecoded(binaryCodec, cast, bytes.subarray(from, to), ears);
      }
    },
  };
}

/** A walk over the fields of a protobuf message, in place. */
class Scan {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  at: number;

  constructor(bytes: Buffer, from: number, to: number) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.at = from;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let byte = this.bytes[this.at++] ?? 0; ; byte = this.bytes[this.at++] ?? 0) {
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  /** Passes over the value of a field with this tag; the protocol has varints and length-delimited values here. */
  skip(tag: number): void {
    const value = this.varint();
    if (tag % 8 === 2) this.at += value;
  }

  get frame(): Buffer {
    return this.bytes.subarray(this.from, this.to);
  }
}

/** An acknowledgement is an id and the result of `send`; true if it was one. */
function hearAck(scan: Scan, cast: Cast, ears: Ears): boolean {
  scan.at = scan.from;
  if (scan.varint() !== tags.id) return false;
  const n = scan.varint();
  if (scan.varint() !== tags.send) return false;
  scan.varint();
  while (scan.at < scan.to) {
    const tag = scan.varint();
    if (tag !== tags.result.seq) {
      scan.skip(tag);
      continue;
    }
    const seq = scan.varint();
    if (n % sampleEvery === 0) checkSample(binaryCodec, cast, scan.frame, { n, seq });
    ears.acknowledged(n, seq);
    return true;
  }
  return false;
}

/** A text message of this load as an event; true if it was one. */
function hearMessage(scan: Scan, cast: Cast, prefix: Buffer, ears: Ears): boolean {
  scan.at = scan.from;
  if (scan.varint() !== tags.messageEvent) return false;
  scan.varint();
  if (scan.varint() !== tags.event.message) return false;
  scan.varint();
  let seq = 0;
  let n = 0;
  let sender = -1;
  let isText = false;
  while (scan.at < scan.to) {
    const tag = scan.varint();
    if (tag === tags.message.seq) seq = scan.varint();
    else if (tag === tags.message.clientSeq) n = scan.varint();
    else if (tag === tags.message.kind) isText = scan.varint() === tags.kindText;
    else if (tag === tags.message.sender) {
      const length = scan.varint();
      sender = userNumber(scan.bytes, scan.at, scan.at + length, prefix);
      scan.at += length;
    } else scan.skip(tag);
  }
  if (!isText || sender < 0) return false;
  if (n % sampleEvery === 0) checkSample(binaryCodec, cast, scan.frame, { n, seq, sender });
  ears.message(sender, n, seq);
  return true;
}

function userNumber(bytes: Buffer, from: number, to: number, prefix: Buffer): number {
  const digitsFrom = from + prefix.length;
  if (digitsFrom >= to || bytes.compare(prefix, 0, prefix.length, from, digitsFrom) !== 0)
    return -1;
  let value = 0;
  for (let at = digitsFrom; at < to; at++) value = value * 10 + (bytes[at] as number) - 48;
  return value;
}

function varint(out: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest > 127) {
    out[next++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  out[next++] = rest;
  return next;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes a field of ASCII text. */
function text(out: Buffer, at: number, tag: number, value: string): number {
  const from = varint(out, varint(out, at, tag), value.length);
  return from + out.write(value, from, "latin1");
}
