import { useEffect, useMemo, useRef, useState } from "react";
import type { Folds } from "./fold-context.ts";

/** How long the list looks at a row that is being unfolded, until it has its new height. */
const settleMs = 150;

/**
 * Keeps what is unfolded. `settling` is the key of the row just pressed: what grows there grows below the reader's eyes, so the list must
 * neither follow its end nor make up for the growth.
 */
export function useFoldState(): { folds: Folds; settling: string | undefined } {
  const open = useRef(new Set<string>());
  const [settling, setSettling] = useState<string>();
  useEffect(() => {
    if (settling === undefined) return undefined;
    const timer = setTimeout(() => setSettling(undefined), settleMs);
    return () => clearTimeout(timer);
  }, [settling]);
  const folds = useMemo<Folds>(
    () => ({
      isOpen: (key) => open.current.has(key),
      toggle(key, opened) {
        if (opened) open.current.add(key);
        else open.current.delete(key);
        setSettling(key);
      },
    }),
    [],
  );
  return { folds, settling };
}
