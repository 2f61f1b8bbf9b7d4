import { useCallback, useEffect, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, type Member } from "../../model/index.ts";
import { errorText } from "../errors.ts";

export interface MembersView {
  readonly members: readonly Member[];
  readonly more: boolean;
  readonly loading: boolean;
  readonly error?: string;
  loadMore(): void;
  /** Fetches what is shown anew, after a change. */
  reload(): void;
}

interface Loaded {
  readonly members: readonly Member[];
  readonly next?: string;
}

/** Members page by page. `version` changes when somebody came or went: then what is shown is fetched anew. */
export function useMembers(conversation: string, version: number): MembersView {
  const t = useT();
  const [loaded, setLoaded] = useState<Loaded>({ members: [] });
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<string>();
  const turn = useRef(0);

  const fetchPage = useCallback(
    async (after: string | undefined, before: readonly Member[]) => {
      const mine = ++turn.current;
      setLoading(true);
      try {
        const page = await actions.members(conversation, after);
        if (mine !== turn.current) return;
        setLoaded({
          members: [...before, ...page.members],
          ...(page.next === undefined ? {} : { next: page.next }),
        });
        setError(undefined);
      } catch (thrown) {
        if (mine === turn.current) setError(errorText(t, thrown));
      } finally {
        if (mine === turn.current) setLoading(false);
      }
    },
    [conversation, t],
  );

  useEffect(() => {
    void fetchPage(undefined, []);
    const turns = turn;
    return () => {
      // Answers that come later are for nobody.
      turns.current++;
    };
  }, [fetchPage, version]);

  return {
    members: loaded.members,
    more: loaded.next !== undefined,
    loading,
    ...(error === undefined ? {} : { error }),
    loadMore: () => void fetchPage(loaded.next, loaded.members),
    reload: () => void fetchPage(undefined, []),
  };
}
