import { useCallback, useState } from "react";
import type { ProfileView } from "../../model/index.ts";

/** People who are chosen, in the order in which they were. */
export function useChoice(): readonly [readonly ProfileView[], (person: ProfileView) => void] {
  const [chosen, setChosen] = useState<readonly ProfileView[]>([]);
  const toggle = useCallback(
    (person: ProfileView) =>
      setChosen((before) =>
        before.some(({ id }) => id === person.id)
          ? before.filter(({ id }) => id !== person.id)
          : [...before, person],
      ),
    [],
  );
  return [chosen, toggle];
}
