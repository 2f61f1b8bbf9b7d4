import { Users } from "lucide-react";
import { type Ref, useEffect, useId, useImperativeHandle, useState } from "react";
import { Avatar, cx } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import type { MentionList, MentionsHandle } from "./use-mentions.ts";
import { type Mentionable, useMentionable } from "./use-mentionable.ts";

export interface MentionsProps {
  readonly query: string;
  /** Called with what to write after `@`. */
  readonly onChoose: (word: string) => void;
  readonly onClose: () => void;
  /** Tells the text field what it controls; undefined while nobody is offered. */
  readonly onList: (list: MentionList | undefined) => void;
  readonly ref: Ref<MentionsHandle>;
}

interface OptionProps {
  readonly id: string;
  readonly one: Mentionable;
  readonly active: boolean;
  readonly onChoose: () => void;
  readonly onPoint: () => void;
}

function Option({ id, one, active, onChoose, onPoint }: OptionProps) {
  const { word, name, user } = one;
  return (
    <li
      id={id}
      role="option"
      aria-selected={active}
      ref={(element) => {
        if (active) element?.scrollIntoView({ block: "nearest" });
      }}
      className={cx(
        "flex cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5",
        active && "bg-accent-soft",
      )}
      // The focus stays in the text field.
      onPointerDown={(event) => event.preventDefault()}
      onPointerMove={onPoint}
      onClick={onChoose}
    >
      {user === undefined ? (
        <span className="flex size-8 items-center justify-center rounded-full bg-accent-soft text-accent-text">
          <Users size={17} aria-hidden="true" />
        </span>
      ) : (
        <Avatar id={user} name={name} size={32} />
      )}
      <span dir="auto" className="min-w-0 truncate font-medium">
        {name}
      </span>
      {word !== name && (
        <span className="ml-auto max-w-[45%] shrink-0 truncate text-sm text-muted">@{word}</span>
      )}
    </li>
  );
}

/** Above the text field: the members whom the mention at the caret may mean. The focus stays in the field, which hands its keys over. */
export default function Mentions({ query, onChoose, onClose, onList, ref }: MentionsProps) {
  const { t, conversation } = usePane();
  const listId = useId();
  const options = useMentionable(conversation, query);
  const [at, setAt] = useState(0);
  const active = Math.min(at, options.length - 1);
  const activeId = `${listId}-${active}`;
  const open = options.length > 0;
  useEffect(() => setAt(0), [query]);
  useEffect(() => {
    onList(open ? { listId, activeId } : undefined);
  }, [open, listId, activeId, onList]);
  useEffect(() => () => onList(undefined), [onList]);
  const choose = (one: Mentionable | undefined) => {
    if (one !== undefined) onChoose(one.word);
  };
  useImperativeHandle(ref, () => ({
    key(key) {
      if (!open) return false;
      if (key === "ArrowDown") setAt((active + 1) % options.length);
      else if (key === "ArrowUp") setAt((active + options.length - 1) % options.length);
      else if (key === "Enter" || key === "Tab") choose(options[active]);
      else if (key === "Escape") onClose();
      else return false;
      return true;
    },
  }));
  return (
    <div className="absolute inset-x-2 bottom-full z-10 mb-1 sm:right-auto sm:w-80">
      <p role="status" className="sr-only">
        {open ? t("chat.mention.found", { count: options.length }) : ""}
      </p>
      {open && (
        <ul
          id={listId}
          role="listbox"
          aria-label={t("chat.mention.label")}
          className="scroll-thin max-h-[min(16rem,40dvh)] overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-lift"
        >
          {options.map((one, index) => (
            <Option
              key={one.user ?? "*"}
              id={`${listId}-${index}`}
              one={one}
              active={index === active}
              onChoose={() => choose(one)}
              onPoint={() => setAt(index)}
            />
          ))}
        </ul>
      )}
    </div>
  );
}
