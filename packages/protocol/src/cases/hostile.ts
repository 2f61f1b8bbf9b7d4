import type { Codec } from "../codec.ts";

/**
 * What a server makes of a frame from a client: closes with the code of that name (`bad_frame`, `frame_too_large`), answers with
 * the error of that name (`unknown_command`, `invalid_params`), or accepts it.
 */
export type Outcome =
  | "bad_frame"
  | "frame_too_large"
  | "unknown_command"
  | "invalid_params"
  | "accepted";

export interface HostileCase {
  readonly name: string;
  readonly codec: Codec["name"];
  readonly data: string | Uint8Array;
  readonly outcome: Outcome;
  /** The field that `invalid_params` names. */
  readonly field?: string;
}
