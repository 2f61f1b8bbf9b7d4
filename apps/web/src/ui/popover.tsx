import { onDemand } from "./on-demand.ts";
import { Overlay } from "./overlay-boundary.tsx";
import type { PopoverProps } from "./popover-props.ts";

/** What a popover is made of. */
export const PopoverPanel = onDemand(() => import("./popover-panel.tsx"));

/** Something to press in a box at a button. Its code is loaded when the first opens. */
export function Popover(props: PopoverProps) {
  if (!props.open) return null;
  return (
    <Overlay onClose={props.onClose}>
      <PopoverPanel {...props} />
    </Overlay>
  );
}
