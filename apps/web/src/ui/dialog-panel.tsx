import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { cx } from "./class-names.ts";
import type { DialogProps } from "./dialog-props.ts";
import { useT } from "../i18n/index.ts";

const widths = { sm: "sm:max-w-sm", md: "sm:max-w-md", lg: "sm:max-w-xl" } as const;

/** The dialog itself: focus trap, Escape and the inert page behind it come from Base UI. */
export default function DialogPanel(props: DialogProps) {
  const { onClose, title, description, footer, size = "md", role = "dialog", children } = props;
  const t = useT();
  const Root = role === "alert" ? AlertDialog.Root : Dialog.Root;
  return (
    <Root
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-[starting-style]:opacity-0" />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-end justify-center sm:items-center sm:p-6">
          <Dialog.Popup
            initialFocus={props.initialFocus ?? true}
            className={cx(
              "flex max-h-[92dvh] w-full flex-col rounded-t-2xl bg-raised text-ink shadow-lift outline-none sm:max-h-full sm:rounded-2xl",
              "transition-[transform,opacity] duration-150 data-[starting-style]:translate-y-4 data-[starting-style]:opacity-0",
              widths[size],
            )}
          >
            <div className="flex items-start gap-3 px-5 pt-4 pb-2">
              <div className="min-w-0 flex-1 pt-1">
                <Dialog.Title className="text-lg leading-7 font-semibold">{title}</Dialog.Title>
                {description !== undefined && (
                  <Dialog.Description className="mt-1 text-sm text-muted">
                    {description}
                  </Dialog.Description>
                )}
              </div>
              {role === "dialog" && (
                <Dialog.Close
                  aria-label={props.closeLabel ?? t("action.close")}
                  className="-mr-2 flex size-10 shrink-0 items-center justify-center rounded-full text-muted transition-colors hover:bg-hover hover:text-ink"
                >
                  <X size={20} />
                </Dialog.Close>
              )}
            </div>
            {children !== undefined && (
              <div className="min-h-0 flex-1 overflow-y-auto scroll-thin px-5 py-2">{children}</div>
            )}
            <div className="flex flex-wrap justify-end gap-2 px-5 pt-3 pb-[max(1.25rem,env(safe-area-inset-bottom))] empty:pt-0">
              {footer}
            </div>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Root>
  );
}
