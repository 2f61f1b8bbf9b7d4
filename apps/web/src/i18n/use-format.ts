import { useMemo } from "react";
import { createFormat, dayDistance, type Format } from "./format.ts";
import { type Translate, useLanguage } from "./index.ts";

/** Dates, times and numbers in the visitor's language. */
export function useFormat(): Format {
  const language = useLanguage();
  return useMemo(() => createFormat(language, navigator.languages), [language]);
}

/** When somebody who is away was seen last. */
export function lastSeenText(t: Translate, format: Format, time: number, now: number): string {
  const minutes = format.minutes(time, now);
  if (minutes < 1) return t("presence.justNow");
  if (minutes < 60) return t("presence.minutesAgo", { count: minutes });
  const distance = dayDistance(time, now);
  const clock = format.clock(time);
  if (distance === "today") return t("presence.today", { time: clock });
  if (distance === "yesterday") return t("presence.yesterday", { time: clock });
  return t("presence.date", { date: format.brief(time, now, "") });
}
