import type { StoreErrorReason } from "../port.ts";
import type { Texts } from "./batch.ts";
import type { CallName } from "./calls.ts";
import type { EngineOptions, EngineStats } from "./engine.ts";

/** What goes to the writer's thread. `id` is echoed. */
export type ToWorker =
  | { readonly type: "open"; readonly options: EngineOptions }
  /** The buffer of a slot, from now on. */
  | { readonly type: "buffer"; readonly slot: number; readonly buffer: SharedArrayBuffer }
  | { readonly type: "texts"; readonly texts: Texts }
  /** By the number of its buffer: a message of nothing but numbers and texts costs half. Or with a buffer that is for this batch only. */
  | {
      readonly type: "append";
      readonly id: number;
      readonly count: number;
      readonly slot: number;
    }
  | {
      readonly type: "append";
      readonly id: number;
      readonly count: number;
      readonly buffer: SharedArrayBuffer;
    }
  | {
      readonly type: "call";
      readonly id: number;
      readonly name: CallName;
      readonly args: readonly unknown[];
    }
  | { readonly type: "stats"; readonly id: number }
  | { readonly type: "close"; readonly id: number };

/** A failure in plain data; without a reason it is a mistake in the program. */
export interface Failure {
  readonly reason?: StoreErrorReason;
  readonly message: string;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** What comes back: replies in groups but for appends, and whether writing works whenever that changes. */
export type FromWorker =
  | { readonly type: "opened"; readonly checked: string }
  | { readonly type: "refused"; readonly failure: Failure }
  | { readonly type: "replies"; readonly replies: readonly Reply[] }
  /** The outcomes of an append are in its buffer. */
  | { readonly type: "appended"; readonly id: number }
  | { readonly type: "health"; readonly failure: Failure | undefined };

export type { EngineStats };
