import { Popover } from "@base-ui/react/popover";
import { cx } from "./class-names.ts";
import { floatingLook } from "./overlay.ts";
import type { PopoverProps } from "./popover-props.ts";

/** The popover itself: placement, Escape, presses outside and the focus come from Base UI. */
export default function PopoverPanel(props: PopoverProps) {
  const { onClose, anchor, label, side = "bottom", align = "center", className, children } = props;
  return (
    <Popover.Root
      open
      onOpenChange={(open, details) => {
        // A press on what it hangs at is that element's own to answer.
        const target = details.event.target;
        const onAnchor = target instanceof Node && anchor.current?.contains(target) === true;
        if (!open && !(details.reason === "outside-press" && onAnchor)) onClose();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side={side}
          align={align}
          sideOffset={8}
          collisionPadding={8}
          className="z-50"
        >
          <Popover.Popup
            aria-label={label}
            className={cx(floatingLook, className)}
            initialFocus={props.initialFocus ?? true}
            finalFocus={anchor}
          >
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
