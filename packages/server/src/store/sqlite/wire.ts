import type { StoreErrorReason } from "../port.ts";
import type { EncodedBatch } from "./batch.ts";
import type { CallName } from "./calls.ts";
import type { EngineOptions, EngineStats } from "./engine.ts";

/** What goes to the writer's thread. `id` is echoed. */
export type ToWorker =
  | { readonly type: "open"; readonly options: EngineOptions }
  | { readonly type: "append"; readonly id: number; readonly batch: EncodedBatch }
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
  /** The buffer of an append, now with the outcomes. */
  | { readonly id: number; readonly outcomes: ArrayBuffer }
  | { readonly id: number; readonly failure: Failure; readonly buffer?: ArrayBuffer };

/** What comes back: replies in groups, and whether writing works whenever that changes. */
export type FromWorker =
  | { readonly type: "opened"; readonly checked: string }
  | { readonly type: "refused"; readonly failure: Failure }
  | { readonly type: "replies"; readonly replies: readonly Reply[] }
  | { readonly type: "health"; readonly failure: Failure | undefined };

export type { EngineStats };
