import type { DialogProps } from "./dialog-props.ts";
import { onDemand } from "./on-demand.ts";
import { Overlay } from "./overlay-boundary.tsx";

/** What a dialog is made of. */
export const DialogPanel = onDemand(() => import("./dialog-panel.tsx"));

/** A dialog over the page; on narrow screens it comes from below. Its code is loaded when the first opens. */
export function Dialog(props: DialogProps) {
  if (!props.open) return null;
  return (
    <Overlay onClose={props.onClose}>
      <DialogPanel {...props} />
    </Overlay>
  );
}
