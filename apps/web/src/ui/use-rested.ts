import { useEffect, useState } from "react";

const restMs = 1_500;

/** Whether the page has come to rest after its first drawing: what nobody waits for is fetched then. */
export function useRested(): boolean {
  const [rested, setRested] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), restMs);
    return () => clearTimeout(timer);
  }, []);
  return rested;
}
