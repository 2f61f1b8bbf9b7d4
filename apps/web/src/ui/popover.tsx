import { lazy, Suspense } from "react";
import type { PopoverProps } from "./popover-props.ts";

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
