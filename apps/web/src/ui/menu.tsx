/**
 * Menus by command: `showMenu(anchor, items)`. One menu is open at a time, so a list of a thousand rows carries no menu per row, and the
 * code of menus is loaded when the first opens.
 */
import type { MouseEvent } from "react";
import { create } from "zustand";
import { t } from "../i18n/index.ts";
import { IconButton, type IconButtonProps } from "./button.tsx";
import type { MenuEntry, OpenMenu } from "./menu-entries.ts";
import { onDemand } from "./on-demand.ts";
import { Overlay } from "./overlay-boundary.tsx";
import { toastError } from "./toast.tsx";
import type { Anchor } from "./overlay.ts";

const useMenu = create<{ readonly menu: OpenMenu | undefined }>()(() => ({ menu: undefined }));

/** What is in a menu; a promise where its code is fetched when it is first wanted. */
export type MenuItems = readonly MenuEntry[] | Promise<readonly MenuEntry[]>;

/** Counts menus that were asked for: one that comes late is not opened over what came after it. */
let wishes = 0;

/** Opens a menu at an element or a point, in place of the one that is open. */
export function showMenu(
  anchor: Anchor,
  items: MenuItems,
  options: { label: string; align?: "start" | "end"; returnTo?: HTMLElement | null },
): void {
  const focused = document.activeElement;
  const returnTo = options.returnTo ?? (focused instanceof HTMLElement ? focused : null);
  const { label, align = "start" } = options;
  const wish = ++wishes;
  const show = (entries: readonly MenuEntry[]): void => {
    if (wish === wishes)
      useMenu.setState({ menu: { anchor, items: entries, label, align, returnTo } });
  };
  if (items instanceof Promise) items.then(show, () => toastError(t("app.notLoadedText")));
  else show(items);
}

export function closeMenu(): void {
  useMenu.setState({ menu: undefined });
}

/** Opens a context menu for a right click, a long press, or the menu key (then at the element). */
export function showContextMenu(
  event: MouseEvent<HTMLElement>,
  items: MenuItems,
  label: string,
): void {
  event.preventDefault();
  event.stopPropagation();
  const element = event.currentTarget;
  // The menu key and some screen readers give no place, or the corner of the page.
  const placed = event.clientX > 0 || event.clientY > 0;
  showMenu(placed ? { x: event.clientX, y: event.clientY } : element, items, { label });
}

export interface MenuButtonProps extends Omit<IconButtonProps, "onClick"> {
  /** Asked for when it opens. */
  items: () => readonly MenuEntry[];
  align?: "start" | "end";
}

/** An icon button that opens a menu below itself. */
export function MenuButton({ items, align = "end", ...rest }: MenuButtonProps) {
  const open = useMenu((state) => state.menu?.label === rest.label);
  return (
    <IconButton
      {...rest}
      aria-haspopup="menu"
      aria-expanded={open}
      onClick={(event) => {
        if (open) closeMenu();
        else
          showMenu(event.currentTarget, items(), {
            label: rest.label,
            align,
            returnTo: event.currentTarget,
          });
      }}
    />
  );
}

/** What a menu is made of. */
export const MenuPanel = onDemand(() => import("./menu-panel.tsx"));

/** Where menus appear; one for the page. */
export function MenuHost() {
  const menu = useMenu((state) => state.menu);
  if (menu === undefined) return null;
  return (
    // Without the guards around a portal: a menu is left by Tab, which closes it, and assistive technology could land on them.
    <div className="[&_[data-base-ui-focus-guard]]:hidden">
      <Overlay onClose={closeMenu}>
        <MenuPanel menu={menu} onClose={closeMenu} />
      </Overlay>
    </div>
  );
}
