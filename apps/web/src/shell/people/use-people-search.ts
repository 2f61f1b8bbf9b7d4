import { useEffect, useState } from "react";
import { fold } from "../../i18n/fold.ts";
import { useT } from "../../i18n/index.ts";
import { actions, type ProfileView } from "../../model/index.ts";
import { errorText } from "../errors.ts";
import { useSettled } from "../hooks.ts";

const settleMs = 200;

interface Found {
  readonly query: string;
  readonly people: readonly ProfileView[];
  readonly error?: string;
}

export interface PeopleSearch {
  readonly people: readonly ProfileView[];
  readonly searching: boolean;
  readonly error?: string;
}

/** Of those who were found for a shorter query, those whom the longer one finds as well: Enter must not take anybody else. */
export function stillFound(
  { query, people }: Pick<Found, "query" | "people">,
  wanted: string,
): readonly ProfileView[] {
  if (!wanted.startsWith(query)) return [];
  const begin = fold(wanted);
  return people.filter(
    ({ id, name }) => fold(name).startsWith(begin) || fold(id).startsWith(begin),
  );
}

/** People whose name or id begins with the query, asked for when the typing pauses. What was found stays until the next answer. */
export function usePeopleSearch(query: string): PeopleSearch {
  const t = useT();
  const wanted = query.trim();
  const settled = useSettled(wanted, settleMs);
  const [found, setFound] = useState<Found>({ query: "", people: [] });
  useEffect(() => {
    if (settled === "") return;
    let current = true;
    actions.findPeople(settled).then(
      (people) => {
        if (current) setFound({ query: settled, people });
      },
      (error: unknown) => {
        if (current) setFound({ query: settled, people: [], error: errorText(t, error) });
      },
    );
    return () => {
      current = false;
    };
  }, [settled, t]);
  if (wanted === "") return { people: [], searching: false };
  const searching = found.query !== wanted;
  return {
    people: searching ? stillFound(found, wanted) : found.people,
    searching,
    ...(found.error === undefined || searching ? {} : { error: found.error }),
  };
}
