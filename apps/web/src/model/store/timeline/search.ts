/**
 * The seq of the first message at or after a time, by binary search over numbers: `probe` gives the first message with at least that seq, or undefined
 * if there is none. Takes log2(newest) probes. Resolves to the newest if all are older, to undefined if there is no message.
 */
export async function seqAtTime(
  time: number,
  newest: number,
  probe: (from: number) => Promise<{ readonly seq: number; readonly time: number } | undefined>,
): Promise<number | undefined> {
  let low = 1;
  let high = newest;
  let found: number | undefined;
  let last: number | undefined;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const message = await probe(middle);
    if (message === undefined || message.seq > high) {
      // Nothing is left between the middle and the upper end.
      high = middle - 1;
    } else if (message.time >= time) {
      found = message.seq;
      high = middle - 1;
    } else {
      last = Math.max(last ?? 0, message.seq);
      low = message.seq + 1;
    }
  }
  return found ?? last;
}
