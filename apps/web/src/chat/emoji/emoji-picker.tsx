import { Search } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useLanguage } from "../../i18n/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { type Emoji, emojiGroups, type EmojiGroup, searchEmoji } from "./emoji-data.ts";
import { readRecent, rememberEmoji } from "./recent-emoji.ts";

const columns = 8;

interface Section {
  readonly id: EmojiGroup | "recent" | "found";
  readonly emoji: readonly Emoji[];
}

function sectionsFor(query: string, recent: readonly string[]): Section[] {
  if (query.trim() !== "") return [{ id: "found", emoji: searchEmoji(query) }];
  const all = new Map(emojiGroups.flatMap(({ emoji }) => emoji).map((each) => [each.emoji, each]));
  const known = recent.flatMap((emoji) => all.get(emoji) ?? []);
  const groups = emojiGroups.map(({ group, emoji }): Section => ({ id: group, emoji }));
  return known.length === 0 ? groups : [{ id: "recent", emoji: known }, ...groups];
}

/** Where an arrow key leads among buttons in rows; undefined for other keys. */
function afterKey(key: string, at: number, count: number): number | undefined {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return step === undefined ? undefined : Math.max(-1, Math.min(count - 1, at + step));
}

function useGridKeys() {
  const grid = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const buttons = [...(grid.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const fromSearch = at === -1;
    if (fromSearch && event.key !== "ArrowDown") return;
    const to = fromSearch ? 0 : afterKey(event.key, at, buttons.length);
    if (to === undefined) return;
    event.preventDefault();
    if (to === -1) search.current?.focus();
    else buttons[to]?.focus();
  };
  return { grid, search, onKeyDown };
}

/** Emoji to choose from, by group or by name in either language. */
export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = usePane();
  const language = useLanguage();
  const [query, setQuery] = useState("");
  const wanted = useDeferredValue(query);
  const [recent] = useState(readRecent);
  const sections = useMemo(() => sectionsFor(wanted, recent), [wanted, recent]);
  const { grid, search, onKeyDown } = useGridKeys();
  // The popover gave the focus away before this was loaded.
  useEffect(() => search.current?.focus(), [search]);
  const first = sections[0]?.emoji[0];
  const pick = (emoji: string) => {
    rememberEmoji(emoji);
    onPick(emoji);
  };
  return (
    <div className="flex h-80 flex-col" onKeyDown={onKeyDown}>
      <form
        role="search"
        className="relative p-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (first !== undefined) pick(first.emoji);
        }}
      >
        <Search
          size={16}
          aria-hidden="true"
          className="pointer-events-none absolute top-1/2 left-5 -translate-y-1/2 text-muted"
        />
        <input
          ref={search}
          type="search"
          value={query}
          autoComplete="off"
          aria-label={t("chat.emoji.search")}
          placeholder={t("chat.emoji.search")}
          className="h-9 w-full rounded-lg border border-line bg-sunken pr-3 pl-9 text-sm placeholder:text-muted"
          onChange={({ target }) => setQuery(target.value)}
        />
      </form>
      <div ref={grid} className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {first === undefined && (
          <p role="status" className="py-12 text-center text-sm text-muted">
            {t("chat.emoji.none")}
          </p>
        )}
        {sections.map(({ id, emoji }) => (
          <section key={id}>
            {id !== "found" && (
              <h3 className="sticky top-0 z-10 bg-raised px-1 py-1.5 text-xs font-medium text-muted">
                {t(`chat.emoji.${id}`)}
              </h3>
            )}
            <div className="grid grid-cols-8">
              {emoji.map((each) => {
                const name = (language === "zh" ? each.chinese : each.english)[0] ?? each.emoji;
                return (
                  <button
                    key={each.emoji}
                    type="button"
                    tabIndex={each === first ? 0 : -1}
                    aria-label={name}
                    title={name}
                    className="flex aspect-square items-center justify-center rounded-lg text-[1.35rem] leading-none outline-offset-[-2px] hover:bg-hover"
                    onClick={() => pick(each.emoji)}
                  >
                    {each.emoji}
                  </button>
                );
              })}
            </div>
          </section>
        ))}
      </div>
    </div>
  );
}
