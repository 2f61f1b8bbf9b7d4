import { useEffect, useRef, useState } from "react";

/**
 * The value, drawn anew at most once per `everyMs`: the first change at once, those that follow it closely together. A conversation in which a
 * thousand messages arrive in a second is drawn some times in that second, and the keyboard stays quick.
 */
export function useSampled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const shownAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = value;
    if (timer.current !== undefined) return;
    const wait = shownAt.current + everyMs - performance.now();
    const show = () => {
      timer.current = undefined;
      shownAt.current = performance.now();
      setShown(latest.current);
    };
    if (wait <= 0) show();
    else timer.current = setTimeout(show, wait);
  }, [value, everyMs]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return shown;
}
