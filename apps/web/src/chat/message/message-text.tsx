import { useMemo, useState } from "react";
import { usePane } from "../pane/pane-context.ts";
import { foldText } from "../text/fold.ts";
import { linkify } from "../text/linkify.ts";
import { useFolds } from "../timeline/fold-context.ts";

/** A text with its addresses as links. They open beside the page, and learn nothing of it. */
export function LinkedText({ text }: { text: string }) {
  const segments = useMemo(() => linkify(text), [text]);
  return (
    <span dir="auto" className="whitespace-pre-wrap select-text">
      {segments.map((segment, index) =>
        segment.type === "text" ? (
          segment.text
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
export function MessageText({ id, text }: { id: string; text: string }) {
  const { t } = usePane();
  const folds = useFolds();
  const folded = useMemo(() => foldText(text), [text]);
  const [open, setOpen] = useState(() => folds.isOpen(id));
  if (folded === undefined) return <LinkedText text={text} />;
  const toggle = () => {
    folds.toggle(id, !open);
    setOpen(!open);
  };
  return (
    <>
      <LinkedText text={open ? text : `${folded}…`} />
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
