import type { ReactNode, RefObject } from "react";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** One sentence below the title. */
  description?: ReactNode;
  /** Buttons, at the end; they stay in view while the content scrolls. */
  footer?: ReactNode;
  size?: "sm" | "md" | "lg";
  /** What gets the focus at first; by default the first element that can have it. */
  initialFocus?: RefObject<HTMLElement | null>;
  /** Words of the button that closes it. */
  closeLabel?: string;
  /** `alert` interrupts: screen readers read it at once, and a press outside does not close it. */
  role?: "dialog" | "alert";
  children?: ReactNode;
}
