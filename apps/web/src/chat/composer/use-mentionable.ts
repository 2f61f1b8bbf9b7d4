import { useEffect, useState } from "react";
import { fold } from "../../i18n/fold.ts";
import { useLanguage } from "../../i18n/index.ts";
import { actions, everyoneWords, type ProfileView, useConversation } from "../../model/index.ts";
import { usePane } from "../pane/pane-context.ts";

/** Somebody who may be mentioned: what is written for them after `@`, and how they are shown. */
export interface Mentionable {
  readonly word: string;
  readonly name: string;
  /** Absent for everyone. */
  readonly user?: string;
}

const settleMs = 150;
const shownMax = 20;

interface Found {
  readonly prefix: string;
  readonly people: readonly ProfileView[];
  readonly complete: boolean;
}

/** Members whose id, name or a later word of it begins with what was typed: of a small group from the first answer, of a larger one asked for each time. */
function useMembersNamed(conversation: string, query: string): readonly ProfileView[] {
  const [found, setFound] = useState<Found>();
  const all = found?.prefix === "" && found.complete;
  useEffect(() => {
    // All of them are here, or these are those.
    if (all || found?.prefix === query) return undefined;
    let current = true;
    const ask = (): void => {
      actions.findMembers(conversation, found === undefined ? "" : query).then(
        (page) => {
          if (current) setFound({ prefix: found === undefined ? "" : query, ...page });
        },
        () => {
          // Without a connection nobody is offered; what is typed stays a mention of whom it names.
        },
      );
    };
    const timer = setTimeout(ask, found === undefined ? 0 : settleMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [conversation, query, all, found]);
  if (found === undefined) return [];
  const wanted = fold(query);
  return found.people.filter(({ id, name }) => ` ${fold(name)} ${fold(id)}`.includes(` ${wanted}`));
}

/** Whom the mention that is being written may mean. */
export function useMentionable(conversation: string, query: string): readonly Mentionable[] {
  const { t } = usePane();
  const word = everyoneWords[useLanguage()];
  const role = useConversation(conversation)?.role;
  const people = useMembersNamed(conversation, query);
  const everyone = t("chat.mention.everyone");
  const wanted = fold(query);
  const meansAll = [word, everyoneWords.en, everyone].some((said) => fold(said).startsWith(wanted));
  return [
    ...((role === "owner" || role === "admin") && meansAll ? [{ word, name: everyone }] : []),
    ...people.map(({ id, name }) => ({ word: id, name, user: id })),
  ].slice(0, shownMax);
}
