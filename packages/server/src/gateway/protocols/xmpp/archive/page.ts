import type { Archived } from "./forms.ts";

/** What is asked for, whatever archive it is. */
export interface Query {
  /** Milliseconds since the epoch, both included. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Ids of the archive, both excluded. */
  readonly after: string | undefined;
  readonly before: string | undefined;
  /** From the end and not from the beginning. */
  readonly backward: boolean;
  readonly max: number;
}

/** Ascending. `complete`: there is no more in the direction that was asked for. */
export interface Page {
  readonly messages: readonly Archived[];
  readonly complete: boolean;
}
