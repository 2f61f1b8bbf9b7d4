/** The left column: search, what is new, the conversations. */
import {
  Megaphone,
  MessageSquarePlus,
  QrCode,
  Search,
  Settings,
  SquarePen,
  Users,
  X,
} from "lucide-react";
import { type KeyboardEvent, type RefObject, Suspense, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { useConversations, useSession } from "../../model/index.ts";
import {
  Button,
  EmptyState,
  IconButton,
  MenuButton,
  onDemand,
  preload,
  Skeleton,
} from "../../ui/index.ts";
import { ErrorBoundary } from "../frame/error-boundary.tsx";
import { showPanel } from "../frame/panels.ts";
import { modKey } from "../frame/shortcuts.ts";
import { useSettled } from "../hooks.ts";
import { hrefOf } from "../router.ts";
import { ChatList } from "./chat-list.tsx";
import { rowHeightPx } from "./row.tsx";

const SearchResults = onDemand(() => import("./search-results.tsx"));

function Header() {
  const t = useT();
  return (
    <div className="flex items-center gap-1 pt-3 pr-2 pl-5">
      <h1 className="min-w-0 flex-1 truncate text-xl font-semibold">{t("app.name")}</h1>
      <IconButton
        label={t("list.myLink")}
        icon={<QrCode size={20} />}
        onClick={() => showPanel({ kind: "myLink" })}
      />
      <MenuButton
        label={t("list.newMenu")}
        icon={<SquarePen size={20} />}
        items={() => [
          {
            id: "chat",
            label: t("list.newChat"),
            icon: <MessageSquarePlus size={18} />,
            onSelect: () => showPanel({ kind: "newChat" }),
          },
          {
            id: "group",
            label: t("list.newGroup"),
            icon: <Users size={18} />,
            onSelect: () => showPanel({ kind: "newGroup" }),
          },
          {
            id: "channel",
            label: t("list.newChannel"),
            icon: <Megaphone size={18} />,
            onSelect: () => showPanel({ kind: "newChannel" }),
          },
        ]}
      />
      <a
        href={hrefOf({ page: "settings" })}
        aria-label={t("list.settings")}
        data-tip={t("list.settings")}
        className="inline-flex size-10 items-center justify-center rounded-full text-muted transition-colors hover:bg-hover hover:text-ink"
      >
        <Settings size={20} />
      </a>
    </div>
  );
}

interface SearchFieldProps {
  query: string;
  onQuery: (query: string) => void;
  /** Where the results are. */
  pane: RefObject<HTMLElement | null>;
}

function SearchField({ query, onQuery, pane }: SearchFieldProps) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  // There before the first letter is typed.
  const preloadResults = () => preload(SearchResults);
  const firstResult = () => pane.current?.querySelector<HTMLElement>('[data-index="0"] a');
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape" && query !== "") {
      // Only the search ends; the next Escape goes back.
      event.stopPropagation();
      onQuery("");
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      firstResult()?.focus();
    } else if (event.key === "Enter" && query !== "") {
      event.preventDefault();
      firstResult()?.click();
    }
  };
  return (
    <div role="search" aria-label={t("list.search")} className="px-4 pt-2 pb-3">
      <div className="flex h-10 items-center gap-2 rounded-xl bg-sunken px-3 focus-within:outline-2 focus-within:outline-accent-text">
        <Search size={18} aria-hidden="true" className="shrink-0 text-muted" />
        <input
          ref={input}
          data-search
          type="search"
          enterKeyHint="search"
          autoComplete="off"
          aria-label={t("list.search")}
          placeholder={t("list.searchShort")}
          value={query}
          onChange={(event) => onQuery(event.target.value)}
          onKeyDown={onKeyDown}
          onFocus={preloadResults}
          className="h-full min-w-0 flex-1 appearance-none bg-transparent text-[0.9375rem] outline-none placeholder:text-muted [&::-webkit-search-cancel-button]:hidden"
        />
        {query === "" ? (
          <kbd
            aria-hidden="true"
            className="hidden font-sans text-xs text-muted pointer-fine:inline"
          >
            {modKey} K
          </kbd>
        ) : (
          <IconButton
            size="sm"
            className="-mr-2"
            label={t("action.clear")}
            icon={<X size={16} />}
            onClick={() => {
              onQuery("");
              input.current?.focus();
            }}
          />
        )}
      </div>
    </div>
  );
}

function EmptyList() {
  const t = useT();
  return (
    <div className="scroll-thin flex-1 overflow-y-auto">
      <EmptyState
        icon={<MessageSquarePlus size={26} />}
        title={t("list.emptyTitle")}
        text={t("list.emptyText")}
      >
        <Button
          variant="primary"
          icon={<QrCode size={18} />}
          onClick={() => showPanel({ kind: "myLink" })}
        >
          {t("list.emptyInvite")}
        </Button>
        <Button icon={<Search size={18} />} onClick={() => showPanel({ kind: "newChat" })}>
          {t("list.emptyFind")}
        </Button>
        <Button icon={<Users size={18} />} onClick={() => showPanel({ kind: "newGroup" })}>
          {t("list.emptyGroup")}
        </Button>
      </EmptyState>
    </div>
  );
}

function ListSkeleton() {
  const t = useT();
  return (
    <div className="flex-1 overflow-hidden px-4.5" role="status" aria-label={t("app.loading")}>
      {[0, 1, 2, 3, 4, 5].map((index) => (
        <div key={index} className="flex items-center gap-3" style={{ height: rowHeightPx }}>
          <Skeleton className="size-12 shrink-0 rounded-full" />
          <span className="flex-1 space-y-2">
            <Skeleton className="h-4 w-2/5" />
            <Skeleton className="h-3 w-4/5" />
          </span>
        </div>
      ))}
    </div>
  );
}

export function ListPane({ current }: { current: string | undefined }) {
  const [query, setQuery] = useState("");
  const pane = useRef<HTMLDivElement>(null);
  const chats = useConversations();
  const { user = "", link } = useSession();
  // The list of a new account arrives a moment after the connection.
  const loaded = useSettled(link !== "connecting", 400);
  // Opening a result ends the search, and shows where in the list one is.
  const [seen, setSeen] = useState(current);
  if (seen !== current) {
    setSeen(current);
    if (current !== undefined && query !== "") setQuery("");
  }
  return (
    <div ref={pane} className="flex h-full min-h-0 flex-col">
      <Header />
      <SearchField query={query} onQuery={setQuery} pane={pane} />
      {query.trim() !== "" ? (
        <ErrorBoundary>
          <Suspense>
            <SearchResults query={query} chats={chats} current={current} me={user} />
          </Suspense>
        </ErrorBoundary>
      ) : chats.length > 0 ? (
        <ChatList chats={chats} current={current} />
      ) : loaded ? (
        <EmptyList />
      ) : (
        <ListSkeleton />
      )}
    </div>
  );
}
