/** A field that finds people, and the list of those found: pressed to choose, pressed again to take back. */
import { Check, Search, X } from "lucide-react";
import { type KeyboardEvent, type RefObject, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { type ProfileView, useConversations, useSession } from "../../model/index.ts";
import { Avatar, cx } from "../../ui/index.ts";
import { TextField } from "../../ui/text-field.tsx";
import { nextIndex } from "../list/use-list-keys.ts";
import { PersonLine } from "./person-line.tsx";
import { usePeopleSearch } from "./use-people-search.ts";

/** Suggestions before anything is typed. */
const suggestedMax = 12;

export interface PeoplePickerProps {
  /** Several with ticks, or one that is taken at once. */
  chosen?: readonly ProfileView[];
  onToggle: (person: ProfileView) => void;
  /** Not offered: already there. */
  without?: ReadonlySet<string>;
  initialFocus?: RefObject<HTMLInputElement | null>;
}

/** People of the latest direct conversations. */
function useSuggested(without: ReadonlySet<string> | undefined): ProfileView[] {
  const chats = useConversations();
  return chats
    .flatMap(({ peer, title }) => (peer === undefined ? [] : [{ id: peer, name: title }]))
    .filter(({ id }) => without?.has(id) !== true)
    .slice(0, suggestedMax);
}

function Chip({ person, onRemove }: { person: ProfileView; onRemove: () => void }) {
  const t = useT();
  return (
    <li>
      <button
        type="button"
        onClick={onRemove}
        className="flex items-center gap-1.5 rounded-full bg-accent-soft py-1 pr-2 pl-1 text-sm text-accent-text"
      >
        <Avatar id={person.id} name={person.name} size={22} />
        <span className="sr-only">{t("people.unselect", { name: person.name })}</span>
        <span aria-hidden="true" className="max-w-32 truncate">
          {person.name}
        </span>
        <X size={14} aria-hidden="true" />
      </button>
    </li>
  );
}

interface OptionProps {
  person: ProfileView;
  index: number;
  picked: boolean | undefined;
  onToggle: (person: ProfileView) => void;
}

function Option({ person, index, picked, onToggle }: OptionProps) {
  return (
    <li data-index={index}>
      <button
        type="button"
        aria-pressed={picked}
        onClick={() => onToggle(person)}
        className="flex w-full items-center gap-3 rounded-xl px-2 py-2 text-left -outline-offset-2 hover:bg-hover"
      >
        <Avatar id={person.id} name={person.name} size={40} />
        <PersonLine person={person} />
        {picked !== undefined && (
          <span
            aria-hidden="true"
            className={cx(
              "flex size-6 items-center justify-center rounded-full border",
              picked ? "border-accent bg-accent text-accent-ink" : "border-field-line",
            )}
          >
            {picked && <Check size={15} />}
          </span>
        )}
      </button>
    </li>
  );
}

export function PeoplePicker({ chosen, onToggle, without, initialFocus }: PeoplePickerProps) {
  const t = useT();
  const { user: me } = useSession();
  const [query, setQuery] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const own = useRef<HTMLInputElement>(null);
  const input = initialFocus ?? own;
  const suggested = useSuggested(without);
  const search = usePeopleSearch(query);
  const asked = query.trim() !== "";
  const people = (asked ? search.people : suggested).filter(
    ({ id }) => id !== me && without?.has(id) !== true,
  );
  const focusOption = (index: number) =>
    list.current?.querySelector<HTMLElement>(`[data-index="${index}"] button`)?.focus();
  const onFieldKey = (event: KeyboardEvent) => {
    const [first] = people;
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      focusOption(0);
    } else if (event.key === "Enter" && first !== undefined) {
      event.preventDefault();
      onToggle(first);
      setQuery("");
    }
  };
  const onListKey = (event: KeyboardEvent) => {
    const item = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
    if (item === null) return;
    const from = Number(item.dataset["index"]);
    const target = nextIndex(event.key, from, people.length);
    if (target === undefined) return;
    event.preventDefault();
    if (target === from && event.key === "ArrowUp") input.current?.focus();
    else focusOption(target);
  };
  const none = asked && !search.searching && people.length === 0;
  return (
    <div>
      {chosen !== undefined && chosen.length > 0 && (
        <ul className="mb-3 flex max-h-24 flex-wrap gap-1.5 overflow-y-auto">
          {chosen.map((person) => (
            <Chip key={person.id} person={person} onRemove={() => onToggle(person)} />
          ))}
        </ul>
      )}
      <TextField
        ref={input}
        label={t("people.find")}
        labelHidden
        type="search"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        leading={<Search size={18} aria-hidden="true" className="text-muted" />}
        placeholder={t("people.find")}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={onFieldKey}
      />
      <p role="status" className="mt-3 mb-1 text-xs font-semibold text-muted empty:hidden">
        {search.error ??
          (none
            ? t("people.none", { query: query.trim() })
            : asked
              ? ""
              : people.length > 0
                ? t("people.suggested")
                : t("people.findHint"))}
      </p>
      <ul ref={list} onKeyDown={onListKey} className="-mx-2 min-h-48">
        {people.map((person, index) => (
          <Option
            key={person.id}
            person={person}
            index={index}
            picked={chosen?.some(({ id }) => id === person.id)}
            onToggle={onToggle}
          />
        ))}
      </ul>
    </div>
  );
}
