import type { ReactNode } from "react";
import type { Anchor } from "./overlay.ts";

export interface MenuEntry {
  /** Stable within its menu. */
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly tone?: "danger";
  readonly disabled?: boolean;
  /** Set for entries of which one holds: shows a tick at that one. */
  readonly checked?: boolean;
  /** A line above this entry. */
  readonly divided?: boolean;
  readonly onSelect: () => void;
}

export interface OpenMenu {
  readonly anchor: Anchor;
  readonly items: readonly MenuEntry[];
  /** Name of the menu for screen readers. */
  readonly label: string;
  readonly align: "start" | "end";
  /** Gets the focus back. */
  readonly returnTo: HTMLElement | null;
}
