import type { CommandFrame, ServerFrame } from "./frames.ts";

/**
 * A command frame as it came off the wire: its name, its id and whatever was beside them. Nothing but `type` and `id` has been
 * checked; `compileCommands` of `@godwit/protocol/validate` checks the rest.
 */
export interface RawFrame {
  type: string;
  id?: number;
  [field: string]: unknown;
}

/** Turns frames into what travels and back. Codecs are stateless and know nothing of transports. */
export interface Codec {
  readonly name: "json" | "binary";
  /** What a WebSocket client offers to get this codec. */
  readonly subprotocol: "godwit.json.v1" | "godwit.bin.v1";
  /** @throws TypeError naming the field if the binary codec cannot express a value: the caller's mistake. */
  encodeCommand(frame: CommandFrame): string | Uint8Array;
  /** @throws DecodeError, and nothing else. */
  decodeCommand(data: string | Uint8Array): RawFrame;
  /** @throws TypeError as `encodeCommand` does. */
  encodeServer(frame: ServerFrame): string | Uint8Array;
  /** @throws DecodeError, and nothing else. Trusts the server: only `type` and `id` are checked. */
  decodeServer(data: string | Uint8Array): ServerFrame;
}

/** The bytes are not a frame. `reason` is the close code's name that such a frame earns. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly reason: "bad_frame" | "frame_too_large";

  constructor(reason: "bad_frame" | "frame_too_large", message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}
