/** Dates, times, numbers and lists in a language. Pure: the hook `useFormat` gives them with the visitor's language. */
import { type Language, localeOf } from "./pick.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

export type DayDistance = "today" | "yesterday" | "week" | "year" | "older";

/** Midnights between two times, by the clock on the wall (days of 23 and 25 hours count as one). */
function daysBetween(time: number, now: number): number {
  const midnight = (ms: number) => {
    const date = new Date(ms);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(now) - midnight(time)) / dayMs);
}

/** How far back a day lies, as far as it matters for how it is written. The future counts as today. */
export function dayDistance(time: number, now: number): DayDistance {
  const days = daysBetween(time, now);
  if (days <= 0) return "today";
  if (days === 1) return "yesterday";
  if (days < 7) return "week";
  return new Date(time).getFullYear() === new Date(now).getFullYear() ? "year" : "older";
}

export interface Format {
  /** 14:05 */
  clock(time: number): string;
  /** For lists: the time of today, `yesterday`, the weekday, or the date. */
  brief(time: number, now: number, yesterday: string): string;
  /** 12 March 2026, 14:05 */
  dateTime(time: number): string;
  /** Full minutes between two times. */
  minutes(from: number, to: number): number;
  number(value: number): string;
  /** Ada, Bob and Carol */
  list(items: readonly string[]): string;
}

/** Formatters are slow to make, so one set is kept by the caller. */
export function createFormat(language: Language, wanted: readonly string[]): Format {
  const locale = localeOf(language, wanted);
  const make = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const clock = make({ hour: "numeric", minute: "2-digit" });
  const weekday = make({ weekday: "short" });
  const inYear = make({ day: "numeric", month: "short" });
  const anyDate = make({ year: "numeric", month: "numeric", day: "numeric" });
  const full = make({ dateStyle: "medium", timeStyle: "short" });
  const number = new Intl.NumberFormat(locale);
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    clock: (time) => clock.format(time),
    brief(time, now, yesterday) {
      const distance = dayDistance(time, now);
      if (distance === "today") return clock.format(time);
      if (distance === "yesterday") return yesterday;
      if (distance === "week") return weekday.format(time);
      return (distance === "year" ? inYear : anyDate).format(time);
    },
    dateTime: (time) => full.format(time),
    minutes: (from, to) => Math.max(0, Math.floor((to - from) / minuteMs)),
    number: (value) => number.format(value),
    list: (items) => list.format(items),
  };
}
