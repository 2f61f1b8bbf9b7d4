/** Calendar days of a time zone: where one ends and the next begins. */

/** Names the calendar day of a time, `2026-11-23`. */
export type DayOf = (timeMs: number) => string;

/**
 * All offsets in use are multiples of 15 minutes, so no day begins within such a stretch; one look at the calendar serves for all of it.
 */
const stretchMs = 15 * 60_000;
/** Enough for some months of messages; when it is full, it is begun anew. */
const keptMax = 4_096;

/** A `DayOf` for a time zone (IANA name); the browser's own if none is given. */
export function calendar(timeZone?: string): DayOf {
  const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", {
    ...(timeZone === undefined ? {} : { timeZone }),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const kept = new Map<number, string>();
  return (timeMs) => {
    const stretch = Math.floor(timeMs / stretchMs);
    const known = kept.get(stretch);
    if (known !== undefined) return known;
    const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
    const day = `${(parts.get("year") ?? "").padStart(4, "0")}-${parts.get("month") ?? ""}-${parts.get("day") ?? ""}`;
    if (kept.size >= keptMax) kept.clear();
    kept.set(stretch, day);
    return day;
  };
}

/** Whole days from one day to another; negative if the second is earlier. Summer time does not matter: days are counted, not hours. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** The first moment of a day in the browser's time zone, in milliseconds since the epoch; undefined if there is no such day. */
export function startOfDay(day: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(day);
  if (match === null) return undefined;
  const [year, month, date] = match.slice(1).map(Number);
  if (year === undefined || month === undefined || date === undefined) return undefined;
  const start = new Date(year, month - 1, date);
  return start.getMonth() === month - 1 && start.getDate() === date ? start.getTime() : undefined;
}
