/** Keys of the whole page. Those of a list or a field belong to it. */
import { useEffect, useRef } from "react";
import { goBack, navigate, chatRoute, type Route } from "../router.ts";
import { panelOpen, showPanel } from "./panels.ts";

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/u.test(navigator.userAgent);

/** What the key beside the space bar is called here. */
export const modKey = isMac ? "⌘" : "Ctrl";

export type ShortcutName = "search" | "previous" | "next" | "back" | "help";

interface Pressed {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** What a key means. `typing`: the focus is in a field, where plain characters are text. */
export function shortcutOf(pressed: Pressed, typing: boolean): ShortcutName | undefined {
  const { key, altKey, ctrlKey, metaKey } = pressed;
  const mod = ctrlKey || metaKey;
  if (mod && !altKey && !pressed.shiftKey && key.toLowerCase() === "k") return "search";
  if (altKey && !mod && key === "ArrowUp") return "previous";
  if (altKey && !mod && key === "ArrowDown") return "next";
  if (!altKey && !mod && key === "Escape") return "back";
  if (!altKey && !mod && !typing && (key === "?" || key === "？")) return "help";
  return undefined;
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

/** The conversation before (-1) or after (1) the open one in the order of the list; none beyond its ends. */
export function stepFrom(
  ids: readonly string[],
  current: string | undefined,
  step: 1 | -1,
): string | undefined {
  const from = current === undefined ? -1 : ids.indexOf(current);
  if (from < 0) return step > 0 ? ids[0] : ids.at(-1);
  return ids[from + step];
}

/** Listens for the keys while the page is there. Dialogs, menus and fields that use a key mark it as handled. */
export function useShortcuts(chats: readonly { readonly id: string }[], route: Route): void {
  const latest = useRef({ chats, route });
  useEffect(() => {
    latest.current = { chats, route };
  });
  useEffect(() => {
    const run: Readonly<Record<ShortcutName, () => void>> = {
      search: () => {
        const field = document.querySelector<HTMLInputElement>("[data-search]");
        // On a narrow screen the list is behind the conversation.
        if (field?.offsetParent === null) {
          navigate({ page: "home" });
          requestAnimationFrame(() => field.focus());
        } else field?.focus();
        field?.select();
      },
      previous: () => step(-1),
      next: () => step(1),
      back: () => {
        if (latest.current.route.page !== "home") goBack();
      },
      help: () => showPanel({ kind: "shortcuts" }),
    };
    const step = (by: 1 | -1) => {
      const { chats: all, route: at } = latest.current;
      const ids = all.map(({ id }) => id);
      const target = stepFrom(ids, at.page === "chat" ? at.conversation : undefined, by);
      if (target !== undefined) navigate(chatRoute(target));
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || panelOpen()) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null)
        return;
      const name = shortcutOf(event, isField(event.target));
      if (name === undefined) return;
      event.preventDefault();
      run[name]();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
