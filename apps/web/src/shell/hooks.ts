/** Small hooks of the shell's screens. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useT } from "../i18n/index.ts";
import { toastError } from "../ui/index.ts";
import { errorText } from "./errors.ts";

/** Follows a media query. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}

/** From here on the list stands beside the conversation (Tailwind's `md`). */
export const wideQuery = "(min-width: 48rem)";
/** From here on the details stand beside both. */
export const extraWideQuery = "(min-width: 75rem)";

/** Milliseconds since the epoch, anew every minute, for times that are relative. */
export function useNow(everyMs = 60_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** The value once it has been the same for so long. */
export function useSettled<T>(value: T, afterMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}

/** Runs one thing at a time, and says whether it runs; what fails becomes a note on the page. */
export function useTask(): readonly [busy: boolean, run: (task: () => Promise<unknown>) => void] {
  const t = useT();
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = useCallback(
    (task: () => Promise<unknown>) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      task()
        .catch((error: unknown) => toastError(errorText(t, error)))
        .finally(() => {
          running.current = false;
          setBusy(false);
        });
    },
    [t],
  );
  return [busy, run];
}

/** Puts the focus on an element when it appears: the heading of a page that was just opened. */
export function useFocusOnShow<E extends HTMLElement>(): (element: E | null) => void {
  return useCallback((element: E | null) => element?.focus({ preventScroll: true }), []);
}
