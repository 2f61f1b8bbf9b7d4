import { useCallback, useEffect, useRef, useState } from "react";
import { actions } from "../../model/index.ts";

const saveAfterMs = 400;

export interface DraftText {
  readonly text: string;
  setText(text: string): void;
}

/** What is being written. It is kept shortly after each change, and when the conversation or the page is left; another tab's newer draft is taken over if nothing was written here. */
export function useDraft(conversation: string, kept: string): DraftText {
  const [text, setShown] = useState(kept);
  const latest = useRef(kept);
  const saved = useRef(kept);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const save = useCallback(() => {
    clearTimeout(timer.current);
    if (latest.current === saved.current) return;
    saved.current = latest.current;
    actions.setDraft(conversation, latest.current);
  }, [conversation]);

  useEffect(() => {
    if (kept === saved.current || latest.current !== saved.current) return;
    saved.current = kept;
    latest.current = kept;
    setShown(kept);
  }, [kept]);

  useEffect(() => {
    window.addEventListener("pagehide", save);
    return () => {
      window.removeEventListener("pagehide", save);
      save();
    };
  }, [save]);

  const setText = useCallback(
    (next: string) => {
      latest.current = next;
      setShown(next);
      clearTimeout(timer.current);
      // What was sent is no draft any more: at once, or another tab would offer it again.
      if (next === "") save();
      else timer.current = setTimeout(save, saveAfterMs);
    },
    [save],
  );
  return { text, setText };
}
