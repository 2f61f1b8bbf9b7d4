import { jsonCodec } from "@godwit/protocol";
import type { CommandFrame } from "@godwit/protocol";
import { opcodes } from "../load/frames.ts";
import type { Ids } from "../load/ids.ts";
import { checkSample, hearDecoded, helloFrame, sampleEvery, textOf } from "./native.ts";
import type { Cast } from "./native.ts";
import type { Wire } from "./wire.ts";

const ackStart = '{"type":"send","id":';
const messageStart = '{"type":"message","message":{';

/** The JSON codec for loads: sends written as text, acknowledgements and messages scanned instead of parsed. */
export function jsonWire(cast: Cast, ids: Ids): Wire {
  const encode = (frame: unknown) => jsonCodec.encodeCommand(frame as CommandFrame);
  const senderKey = `"sender":"${cast.prefix}`;
  const text = textOf(cast);
  return {
    name: "json",
    carrier: { by: "websocket", subprotocol: jsonCodec.subprotocol, opcode: opcodes.text },
    hello: (hello) => encode(helloFrame(hello)),
    command: (type, id, params) => encode({ type, id, ...params }),
    received: (position) => encode({ type: "received", position }),

    sender({ conversation }) {
      const middle = `,"conversation":"${conversation}","clientId":"`;
      const end = `,"kind":"text","content":{"text":"${text}"}}`;
      return (out, at, n) =>
        at + out.latin1Write(`${ackStart}${n}${middle}${ids.next()}","clientSeq":${n}${end}`, at);
    },

    hear(bytes, from, to, ears) {
      const frame = bytes.latin1Slice(from, to);
      if (frame.startsWith(ackStart)) {
        const n = digits(frame, ackStart.length);
        const seq = numberAfter(frame, '"seq":');
        if (n % sampleEvery === 0) checkSample(jsonCodec, cast, frame, { n, seq });
        ears.acknowledged(n, seq);
      } else if (
        frame.startsWith(messageStart) &&
        frame.includes(senderKey) &&
        frame.includes('"kind":"text"')
      ) {
        const n = numberAfter(frame, '"clientSeq":');
        const seq = numberAfter(frame, '"seq":');
        const sender = numberAfter(frame, senderKey);
        if (n % sampleEvery === 0) checkSample(jsonCodec, cast, frame, { n, seq, sender });
        ears.message(sender, n, seq);
      } else {
        hearDecoded(jsonCodec, cast, bytes.toString("utf8", from, to), ears);
      }
    },
  };
}

function numberAfter(frame: string, key: string): number {
  const at = frame.indexOf(key);
  if (at < 0) throw new Error(`a frame without ${key}: ${frame}`);
  return digits(frame, at + key.length);
}

function digits(frame: string, from: number): number {
  let value = 0;
  let at = from;
  for (let code = frame.charCodeAt(at); code >= 48 && code <= 57; code = frame.charCodeAt(++at))
    value = value * 10 + code - 48;
  if (at === from) throw new Error(`no number at ${from} of ${frame}`);
  return value;
}
