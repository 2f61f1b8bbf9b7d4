/** What a key means while somebody writes. */

export type ComposerKey = "send" | "newline" | "leave" | "last-message" | undefined;

/** Of a key press, as the browser reports it. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  /** 229 while an input method has the key; Safari says so only here, after the composition has ended. */
  readonly keyCode: number;
}

export const inputMethodKeyCode = 229;

/**
 * Enter sends, with Shift it begins a new line; on touch screens, which have no Shift at hand, it always begins a new line, and Ctrl or Cmd with
 * Enter always sends. While an input method composes, its keys are its own: Enter there chooses a word.
 */
export function composerKey(
  press: KeyPress,
  state: { readonly empty: boolean; readonly touch: boolean },
): ComposerKey {
  if (press.isComposing || press.keyCode === inputMethodKeyCode) return undefined;
  const { key, shiftKey, ctrlKey, metaKey, altKey } = press;
  if (key === "Enter") {
    if (ctrlKey || metaKey) return "send";
    return shiftKey || altKey || state.touch ? "newline" : "send";
  }
  if (shiftKey || ctrlKey || metaKey || altKey) return undefined;
  if (key === "Escape") return "leave";
  return key === "ArrowUp" && state.empty ? "last-message" : undefined;
}
