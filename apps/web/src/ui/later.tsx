import { useEffect, useState } from "react";
import type { OnDemand } from "./on-demand.ts";
import { useRested } from "./use-rested.ts";

const againMs = 30_000;

/** Draws what nobody waits for, once the page has come to rest and its code is here; it is asked for now and then until it is. */
export function Later({ part: Part }: { part: OnDemand<object> }) {
  const rested = useRested();
  const [here, setHere] = useState(false);
  useEffect(() => {
    if (!rested) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const fetchPart = (): void => {
      Part.preload().then(
        () => {
          if (!gone) setHere(true);
        },
        () => {
          if (!gone) timer = setTimeout(fetchPart, againMs);
        },
      );
    };
    fetchPart();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [rested, Part]);
  return here && <Part />;
}
