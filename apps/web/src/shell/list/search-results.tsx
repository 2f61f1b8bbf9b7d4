/** What one field finds: conversations by their title at once, people by what the server knows. */
import { UserRoundSearch } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useT } from "../../i18n/index.ts";
import type { ChatSummary, ProfileView } from "../../model/index.ts";
import { Avatar, EmptyState, showContextMenu, Skeleton } from "../../ui/index.ts";
import { useNow } from "../hooks.ts";
import { PersonLine } from "../people/person-line.tsx";
import { usePeopleSearch } from "../people/use-people-search.ts";
import { hrefOf } from "../router.ts";
import { matchChats } from "./match.ts";
import { Row, rowHeightPx } from "./row.tsx";
import { useListKeys } from "./use-list-keys.ts";
import { loadChatMenu } from "./load-chat-menu.ts";

/** More do not help: the next letter does. */
const shownMax = 30;

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="px-5 pt-3 pb-1 text-xs font-semibold tracking-wide text-muted uppercase">
        {title}
      </h2>
      {children}
    </section>
  );
}

function Person({ person }: { person: ProfileView }) {
  return (
    <a
      href={hrefOf({ page: "user", user: person.id })}
      className="mx-2 flex items-center gap-3 rounded-xl px-2.5 py-2 -outline-offset-2 transition-colors hover:bg-hover"
    >
      <Avatar id={person.id} name={person.name} size={40} />
      <PersonLine person={person} />
    </a>
  );
}

export interface SearchResultsProps {
  query: string;
  chats: readonly ChatSummary[];
  current: string | undefined;
  me: string;
}

export default function SearchResults({ query, chats, current, me }: SearchResultsProps) {
  const t = useT();
  const now = useNow();
  const list = useRef<HTMLDivElement>(null);
  const found = matchChats(chats, query).slice(0, shownMax);
  const peers = new Set(found.map(({ peer }) => peer));
  const search = usePeopleSearch(query);
  const people = search.people.filter(({ id }) => id !== me && !peers.has(id)).slice(0, shownMax);
  const keys = useListKeys(list, found.length + people.length, () => {});
  const nothing = found.length + people.length === 0 && !search.searching;
  return (
    <div
      ref={list}
      onKeyDown={keys}
      role="region"
      aria-label={t("list.results")}
      className="scroll-thin min-h-0 flex-1 overflow-y-auto pb-3"
    >
      <p role="status" className="sr-only">
        {search.searching ? t("list.searching") : nothing ? t("list.noResults", { query }) : ""}
      </p>
      {found.length > 0 && (
        <Section title={t("list.chats")}>
          <ul>
            {found.map((chat, index) => (
              <li key={chat.id} data-index={index}>
                <Row
                  chat={chat}
                  selected={chat.id === current}
                  tabbable
                  now={now}
                  onMenu={(event) =>
                    showContextMenu(
                      event,
                      loadChatMenu(t, chat),
                      t("list.menu.label", { title: chat.title }),
                    )
                  }
                />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {people.length > 0 && (
        <Section title={t("list.people")}>
          <ul>
            {people.map((person, index) => (
              <li key={person.id} data-index={found.length + index}>
                <Person person={person} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {search.searching && found.length + people.length === 0 && <Waiting />}
      {search.error !== undefined && (
        <p className="px-5 py-3 text-sm text-danger-text">{search.error}</p>
      )}
      {nothing && search.error === undefined && (
        <EmptyState
          icon={<UserRoundSearch size={26} />}
          title={t("list.noResults", { query })}
          text={t("list.noResultsText")}
        />
      )}
    </div>
  );
}

function Waiting() {
  return (
    <div className="px-4">
      {[0, 1, 2].map((index) => (
        <div key={index} className="flex items-center gap-3" style={{ height: rowHeightPx }}>
          <Skeleton className="size-12 rounded-full" />
          <Skeleton className="h-4 w-40" />
        </div>
      ))}
    </div>
  );
}
