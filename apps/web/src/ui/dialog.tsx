import { lazy, type ReactNode, type RefObject, Suspense } from "react";

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

const loadPanel = () => import("./dialog-panel.tsx");
const DialogPanel = lazy(loadPanel);

/** Loads the code of dialogs ahead of the first. */
export async function preloadDialogs(): Promise<void> {
  await loadPanel();
}

/** A dialog over the page; on narrow screens it comes from below. Its code is loaded when the first opens. */
export function Dialog(props: DialogProps) {
  if (!props.open) return null;
  return (
    <Suspense>
      <DialogPanel {...props} />
    </Suspense>
  );
}
