/**
 * Menus by command: `showMenu(anchor, items)`. One menu is open at a time, so a list of a thousand rows carries no menu per row, and the
 * code of menus is loaded when the first opens.
 */
import { lazy, type MouseEvent, Suspense } from "react";
import { create } from "zustand";
import { IconButton, type IconButtonProps } from "./button.tsx";
import type { MenuEntry, OpenMenu } from "./menu-entries.ts";
import type { Anchor } from "./overlay.ts";

const useMenu = create<{ readonly menu: OpenMenu | undefined }>()(() => ({ menu: undefined }));

/** Opens a menu at an element or a point, in place of the one that is open. */
export function showMenu(
  anchor: Anchor,
  items: readonly MenuEntry[],
  options: { label: string; align?: "start" | "end"; returnTo?: HTMLElement | null },
): void {
  const focused = document.activeElement;
  const returnTo = options.returnTo ?? (focused instanceof HTMLElement ? focused : null);
  useMenu.setState({
    menu: { anchor, items, label: options.label, align: options.align ?? "start", returnTo },
  });
}

export function closeMenu(): void {
  useMenu.setState({ menu: undefined });
}

/** Opens a context menu for a right click, a long press, or the menu key (then at the element). */
export function showContextMenu(
  event: MouseEvent<HTMLElement>,
  items: readonly MenuEntry[],
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

const loadPanel = () => import("./menu-panel.tsx");
const MenuPanel = lazy(loadPanel);

/** Loads the code of menus ahead of the first. */
export async function preloadMenus(): Promise<void> {
  await loadPanel();
}

/** Where menus appear; one for the page. */
export function MenuHost() {
  const menu = useMenu((state) => state.menu);
  if (menu === undefined) return null;
  return (
    // Without the guards around a portal: a menu is left by Tab, which closes it, and assistive technology could land on them.
    <div className="[&_[data-base-ui-focus-guard]]:hidden">
      <Suspense>
        <MenuPanel menu={menu} onClose={closeMenu} />
      </Suspense>
    </div>
  );
}
