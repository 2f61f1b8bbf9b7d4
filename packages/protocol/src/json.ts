import { DecodeError, type Codec, type RawFrame } from "./codec.ts";
import type { ServerFrame } from "./frames.ts";
import { limits } from "./limits.ts";

/** Content is a field of a command frame; in server frames it is at most five levels down (in a page of `sync`). */
const commandDepthMax = limits.contentDepthMax + 1;
const serverDepthMax = limits.contentDepthMax + 5;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One JSON object per frame. */
export const jsonCodec: Codec = {
  name: "json",
  subprotocol: "godwit.json.v1",
  encodeCommand: (frame) => JSON.stringify(frame),
  decodeCommand: (data) => decodeFrame(data, commandDepthMax),
  encodeServer: (frame) => JSON.stringify(frame),
  decodeServer: (data) => decodeFrame(data, serverDepthMax) as unknown as ServerFrame,
};

function decodeFrame(data: string | Uint8Array, depthMax: number): RawFrame {
  if (data.length > limits.frameBytesMax) {
    throw new DecodeError("frame_too_large", `A frame may have ${limits.frameBytesMax} bytes.`);
  }
  let text: string;
  try {
    text = typeof data === "string" ? data : utf8.decode(data);
  } catch (cause) {
    throw new DecodeError("bad_frame", "The frame is not UTF-8.", cause);
  }
  const frame = parseJson(text, depthMax);
  if (typeof frame !== "object" || frame === null || Array.isArray(frame)) {
    throw new DecodeError("bad_frame", "The frame is not a JSON object.");
  }
  const { type, id } = frame as { type?: unknown; id?: unknown };
  if (typeof type !== "string") throw new DecodeError("bad_frame", "type must be a string.");
  if (id !== undefined && !(Number.isSafeInteger(id) && (id as number) >= 0)) {
    throw new DecodeError("bad_frame", "id must be an integer from 0 to 2^53 - 1.");
  }
  return frame as RawFrame;
}

/**
 * Parses JSON from a stranger into a value that is safe to pass on: no deeper than `depthMax`, without keys `__proto__`
 * (an own one turns into a prototype on assignment), and with lone surrogates replaced by U+FFFD, since they do not survive UTF-8.
 * @throws DecodeError
 */
export function parseJson(text: string, depthMax: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError("bad_frame", "The frame is not JSON.", cause);
  }
  if (typeof value === "object" && value !== null) clean(value, depthMax);
  // Text that came as UTF-8 can hold a lone surrogate only as an escape.
  return text.includes("\\u") || !text.isWellFormed() ? wellFormed(value) : value;
}

function clean(value: object, depthLeft: number): void {
  if (depthLeft === 0) throw new DecodeError("bad_frame", "The frame is nested too deeply.");
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    if (key === "__proto__") {
      delete fields[key];
      continue;
    }
    const inner = fields[key];
    if (typeof inner === "object" && inner !== null) clean(inner, depthLeft - 1);
  }
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]),
  );
}
