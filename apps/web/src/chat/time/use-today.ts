import { useEffect, useState } from "react";
import { calendar } from "./days.ts";

/** The calendar of the browser's time zone. */
export const localDay = calendar();

/** A machine that slept does not fire its timers in time, so the clock is looked at again at least this often. */
const checkMsMax = 10 * 60_000;

/** Calls back now and then: at the end of the day, every ten minutes, and when the page is seen again. Returns how to stop. */
function followDays(check: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const next = () => {
    check();
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime();
    timer = setTimeout(next, Math.min(midnight - now.getTime() + 500, checkMsMax));
  };
  next();
  document.addEventListener("visibilitychange", check);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", check);
  };
}

/** The name of this day, as `calendar` gives it; the component is drawn anew at midnight. */
export function useToday(): string {
  const [today, setToday] = useState(() => localDay(Date.now()));
  useEffect(() => followDays(() => setToday(localDay(Date.now()))), []);
  return today;
}

/** The time in milliseconds since the epoch, looked at again when `untilMs` has come, and every minute until then. */
export function useNow(untilMs: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const left = (untilMs ?? 0) - Date.now();
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), Math.min(left + 50, 60_000));
    return () => clearTimeout(timer);
  }, [untilMs, now]);
  return now;
}
