import { type RefObject, useCallback, useRef, useState } from "react";
import { askedMention, type AskedMention, withMention } from "./mention.ts";

/** What the text field controls while members are offered. */
export interface MentionList {
  readonly listId: string;
  readonly activeId: string;
}

/** What the list of members may be told. */
export interface MentionsHandle {
  /** A key that was pressed in the text field; true if it was meant for the list. */
  key(key: string): boolean;
}

/** The mention that is being written in a text field, if one is. */
export function useMentions(
  area: RefObject<HTMLTextAreaElement | null>,
  put: (text: string, caret: number) => void,
) {
  const [asked, setAsked] = useState<AskedMention>();
  const [list, setList] = useState<MentionList>();
  const handle = useRef<MentionsHandle>(null);
  /** Where a mention begins that nobody is to be offered for any more. */
  const closedAt = useRef<number>(undefined);

  const close = useCallback(() => setAsked(undefined), []);
  /** Not to be opened again for this mention. */
  const dismiss = useCallback(() => {
    closedAt.current = asked?.from;
    setAsked(undefined);
  }, [asked]);
  /** To be called when the text or the caret moved. */
  const look = () => {
    const element = area.current;
    const at = element?.selectionStart;
    const found =
      element === null || at !== element.selectionEnd
        ? undefined
        : askedMention(element.value, element.selectionStart);
    if (found === undefined) closedAt.current = undefined;
    const shown = found?.from === closedAt.current ? undefined : found;
    setAsked((before) =>
      before?.from === shown?.from && before?.query === shown?.query ? before : shown,
    );
  };
  const choose = (word: string) => {
    const element = area.current;
    if (element === null || asked === undefined) return;
    const { text, caret } = withMention(element.value, asked, word);
    setAsked(undefined);
    put(text, caret);
  };
  return { asked, list, setList, handle, close, dismiss, look, choose };
}
