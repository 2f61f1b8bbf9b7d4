import type { Codec, ServerFrame } from "@godwit/protocol";

/** Something to be written to connections. Encoded at most once per codec, however many connections get it. */
export interface Outgoing {
  encode(codec: Codec): string | Uint8Array;
  /** What is said, for protocols that put it in terms of their own. */
  readonly frame: ServerFrame;
}

/** Any server frame, encoded on first use. */
export class Broadcast implements Outgoing {
  readonly frame: ServerFrame;
  #json: string | Uint8Array | undefined;
  #binary: string | Uint8Array | undefined;

  constructor(frame: ServerFrame) {
    this.frame = frame;
  }

  encode(codec: Codec): string | Uint8Array {
    if (codec.name === "json") return (this.#json ??= codec.encodeServer(this.frame));
    return (this.#binary ??= codec.encodeServer(this.frame));
  }
}
