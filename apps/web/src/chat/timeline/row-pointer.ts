/** What the mouse and fingers do to rows, watched at the list: a thousand rows carry no listeners. */
import { type MouseEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { closeMenu, showMenu } from "../../ui/index.ts";
import { menuEntries } from "../message/menu-entries.tsx";
import type { PaneContextValue } from "../pane/pane-context.ts";
import type { Row } from "./rows.ts";

const pressMs = 450;
/** A finger that moves further scrolls. */
const movePxMax = 10;

function rowElement(target: EventTarget): HTMLElement | undefined {
  return target instanceof Element
    ? (target.closest<HTMLElement>("[data-row]") ?? undefined)
    : undefined;
}

/** The browser's own menu serves better where there is a link or a selection. */
function wantsNative(event: MouseEvent): boolean {
  const { target } = event;
  if (target instanceof Element && target.closest("a[href]") !== null) return true;
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed;
}

export interface RowPointer {
  /** The row that the mouse is at. */
  readonly hovered: string | undefined;
  readonly handlers: {
    onPointerOver(event: PointerEvent<HTMLElement>): void;
    onPointerLeave(): void;
    onPointerDown(event: PointerEvent<HTMLElement>): void;
    onPointerMove(event: PointerEvent<HTMLElement>): void;
    onPointerUp(): void;
    onPointerCancel(): void;
    onClickCapture(event: MouseEvent<HTMLElement>): void;
    onContextMenu(event: MouseEvent<HTMLElement>): void;
  };
  openMenuAt(key: string, element: HTMLElement): void;
}

export function useRowPointer(rows: readonly Row[], pane: PaneContextValue): RowPointer {
  const [hovered, setHovered] = useState<string>();
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number }>(undefined);
  const swallowClick = useRef(false);
  const cancel = () => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  };
  useEffect(() => cancel, []);

  const open = (
    key: string | undefined,
    anchor: Element | { x: number; y: number },
    returnTo: HTMLElement,
  ) => {
    const row = rows.find((each) => each.key === key);
    if (row === undefined || row.message.system !== undefined) return false;
    const entries = menuEntries(row.message, pane);
    if (entries.length === 0) return false;
    closeMenu();
    showMenu(anchor, entries, { label: pane.t("chat.message.menu"), returnTo });
    return true;
  };

  return {
    hovered,
    openMenuAt: (key, element) =>
      open(key, element.querySelector("[data-bubble]") ?? element, element),
    handlers: {
      onPointerOver({ pointerType, target }) {
        if (pointerType === "mouse") setHovered(rowElement(target)?.dataset["row"]);
      },
      onPointerLeave: () => setHovered(undefined),
      onPointerDown({ pointerType, target, clientX: x, clientY: y }) {
        swallowClick.current = false;
        const element = rowElement(target);
        if (pointerType !== "touch" || element === undefined) return;
        cancel();
        const timer = setTimeout(() => {
          press.current = undefined;
          swallowClick.current = open(element.dataset["row"], { x, y }, element);
        }, pressMs);
        press.current = { timer, x, y };
      },
      onPointerMove({ clientX, clientY }) {
        const start = press.current;
        if (start === undefined) return;
        if (Math.hypot(clientX - start.x, clientY - start.y) > movePxMax) cancel();
      },
      onPointerUp: cancel,
      onPointerCancel: cancel,
      onClickCapture(event) {
        // The finger that opened a menu lifts; what lies below was not meant.
        if (!swallowClick.current) return;
        swallowClick.current = false;
        event.preventDefault();
        event.stopPropagation();
      },
      onContextMenu(event) {
        const element = rowElement(event.target);
        if (element === undefined) return;
        // Browsers say what pressed, though the type of the event does not.
        const { pointerType } = event.nativeEvent as Partial<globalThis.PointerEvent>;
        if (pointerType === "touch") return event.preventDefault();
        if (wantsNative(event)) return;
        const placed = event.clientX > 0 || event.clientY > 0;
        const anchor = placed ? { x: event.clientX, y: event.clientY } : element;
        if (open(element.dataset["row"], anchor, element)) event.preventDefault();
      },
    },
  };
}
