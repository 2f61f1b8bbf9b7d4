import { lazy, type ReactNode, type RefObject, Suspense } from "react";

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

const PopoverPanel = lazy(() => import("./popover-panel.tsx"));

/** Something to press in a box at a button. Its code is loaded when the first opens. */
export function Popover(props: PopoverProps) {
  if (!props.open) return null;
  return (
    <Suspense>
      <PopoverPanel {...props} />
    </Suspense>
  );
}
