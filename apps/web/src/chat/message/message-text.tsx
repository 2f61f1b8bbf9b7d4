import { useMemo, useState } from "react";
import { splitMentions, useProfile } from "../../model/index.ts";
import { cx } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { foldText } from "../text/fold.ts";
import { linkify } from "../text/linkify.ts";
import { useFolds } from "../timeline/fold-context.ts";

export interface LinkedTextProps {
  readonly text: string;
  /** Users whom the message mentions. */
  readonly mentions?: readonly string[] | undefined;
}

const nobody: readonly string[] = [];

/** Whom the message mentions, by the name that they have now. */
function Mention({ user, said }: { user: string; said: string }) {
  const { me } = usePane();
  const { name } = useProfile(user);
  return (
    <span
      className={cx(
        "rounded px-0.5 font-medium text-accent-text",
        (user === me || user === "*") && "bg-accent-soft",
      )}
      data-tip={user === "*" || name === user ? undefined : `@${user}`}
    >
      {user === "*" ? said : `@${name}`}
    </span>
  );
}

function Plain({ text, mentions }: { text: string; mentions: readonly string[] }) {
  const segments = useMemo(() => splitMentions(text, mentions), [text, mentions]);
  return segments.map(({ text: said, user }, index) =>
    user === undefined ? said : <Mention key={index} user={user} said={said} />,
  );
}

/** A text with its addresses as links, which open beside the page and learn nothing of it, and with its mentions. */
export function LinkedText({ text, mentions = nobody }: LinkedTextProps) {
  const segments = useMemo(() => linkify(text), [text]);
  return (
    <span dir="auto" className="whitespace-pre-wrap select-text">
      {segments.map((segment, index) =>
        segment.type === "text" ? (
          mentions.length === 0 ? (
            segment.text
          ) : (
            <Plain key={index} text={segment.text} mentions={mentions} />
          )
        ) : (
          <a
            // Segments have no identity but their place, and never move.
            key={index}
            href={segment.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="text-accent-text underline decoration-1 underline-offset-2 hover:decoration-2"
          >
            {segment.text}
          </a>
        ),
      )}
    </span>
  );
}

/** What somebody wrote. Long texts are folded until the reader unfolds them. */
export function MessageText({ id, text, mentions }: LinkedTextProps & { id: string }) {
  const { t } = usePane();
  const folds = useFolds();
  const folded = useMemo(() => foldText(text), [text]);
  const [open, setOpen] = useState(() => folds.isOpen(id));
  if (folded === undefined) return <LinkedText text={text} mentions={mentions} />;
  const toggle = () => {
    folds.toggle(id, !open);
    setOpen(!open);
  };
  return (
    <>
      <LinkedText text={open ? text : `${folded}…`} mentions={mentions} />
      <button
        type="button"
        aria-expanded={open}
        className="mt-1 block rounded text-sm font-medium text-accent-text hover:underline"
        onClick={toggle}
      >
        {t(open ? "chat.message.less" : "chat.message.more")}
      </button>
    </>
  );
}
