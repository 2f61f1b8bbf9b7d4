/** What both codecs of the native protocol share in a load: cold frames by the real codec, the hot ones checked against it. */
import type { Codec, CommandFrame } from "@godwit/protocol";
import { commandIdsFrom } from "./wire.ts";
import type { Ears, Hello } from "./wire.ts";

/** One in this many hot frames is also decoded by the real codec and compared; a power of two. */
export const sampleEvery = 64;

/** How users of a load are called, and what they say. */
export interface Cast {
  /** A user's name is this and the user's number. */
  readonly prefix: string;
  readonly payloadBytes: number;
}

/** The user's number, or undefined if the name is not of this load. */
function numberOf(cast: Cast, user: string): number | undefined {
  return user.startsWith(cast.prefix) ? Number(user.slice(cast.prefix.length)) : undefined;
}

/** The text that every message of the load carries. */
export function textOf(cast: Cast): string {
  return "x".repeat(cast.payloadBytes);
}

export function helloFrame({ token, resume, device }: Hello): CommandFrame {
  return {
    type: "hello",
    id: commandIdsFrom - 1,
    token,
    device: device ?? "bench",
    ...(resume === undefined ? {} : { resume }),
  };
}

/** Reads a frame by the real codec and tells it; used for all cold frames. */
export function hearDecoded(codec: Codec, cast: Cast, data: string | Uint8Array, ears: Ears): void {
  const frame = codec.decodeServer(data);
  if (frame.type === "hello") {
    const { session, position, resumed, syncRequired, heartbeatMs } = frame;
    ears.welcome({ session, position, resumed, syncRequired, heartbeatMs });
  } else if (frame.type === "send" && frame.id < commandIdsFrom) {
    ears.acknowledged(frame.id, frame.seq);
  } else if (frame.type === "error" && frame.id !== undefined && frame.id < commandIdsFrom - 1) {
    ears.refused(frame.id, frame.name);
  } else if (frame.type === "message" && "message" in frame) {
    const { sender, clientSeq, seq, kind } = frame.message;
    ears.message(kind === "text" ? numberOf(cast, sender) : undefined, clientSeq, seq);
  } else {
    ears.other(frame as unknown as Readonly<Record<string, unknown>>);
  }
}

/** Compares what was scanned from a hot frame with the real codec's reading of it. @throws Error if they differ, or if the text was changed on its way. */
export function checkSample(
  codec: Codec,
  cast: Cast,
  data: string | Uint8Array,
  scanned: { readonly n: number; readonly seq: number; readonly sender?: number | undefined },
): void {
  const frame = codec.decodeServer(data);
  const same =
    frame.type === "send"
      ? frame.id === scanned.n && frame.seq === scanned.seq
      : frame.type === "message" &&
        "message" in frame &&
        frame.message.clientSeq === scanned.n &&
        frame.message.seq === scanned.seq &&
        numberOf(cast, frame.message.sender) === scanned.sender &&
        frame.message.content["text"] === textOf(cast);
  if (!same)
    throw new Error(`a frame was misread or its content changed: ${JSON.stringify(frame)}`);
}
