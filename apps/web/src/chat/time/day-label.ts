/** How a day is written between messages: by its weekday and date, the year only if it is another one. */
import { type Language, localeOf } from "../../i18n/pick.ts";
import { daysBetween } from "./days.ts";

/** Words for the day of a time; `day` and `today` are named as `calendar` does. */
export type DayLabel = (timeMs: number, day: string, today: string) => string;

export function createDayLabel(
  language: Language,
  wanted: readonly string[],
  words: { today: string; yesterday: string },
): DayLabel {
  const locale = localeOf(language, wanted);
  const near = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const far = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  return (timeMs, day, today) => {
    const back = daysBetween(day, today);
    if (back === 0) return words.today;
    if (back === 1) return words.yesterday;
    return (day.slice(0, 4) === today.slice(0, 4) ? near : far).format(timeMs);
  };
}
