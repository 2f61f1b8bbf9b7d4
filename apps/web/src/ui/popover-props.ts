import type { ReactNode, RefObject } from "react";

export interface PopoverProps {
  open: boolean;
  onClose: () => void;
  /** What it hangs at; the focus goes back there. */
  anchor: RefObject<HTMLElement | null>;
  /** Name for screen readers. */
  label: string;
  side?: "top" | "bottom";
  align?: "start" | "center" | "end";
  /** What gets the focus at first; by default the first element that can have it. */
  initialFocus?: RefObject<HTMLElement | null>;
  className?: string;
  children: ReactNode;
}
