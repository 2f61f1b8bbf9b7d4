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

/** Of the content of one page: it is written at once, whatever the socket takes. */
const pageBytesMax = 262_144;
/** Around the content of one message. */
const messageBytes = 700;

/** As much of a page as is answered at once, one message in any case: from its end if that was asked for, otherwise from its beginning. */
export function fitting(page: Page, backward: boolean): Page {
  const ordered = backward ? page.messages.toReversed() : page.messages;
  let bytes = 0;
  const past = ordered.findIndex(({ shared }, at) => {
    bytes += shared.inside.length + messageBytes;
    return bytes > pageBytesMax && at > 0;
  });
  if (past < 0) return page;
  const kept = ordered.slice(0, past);
  return { messages: backward ? kept.toReversed() : kept, complete: false };
}
