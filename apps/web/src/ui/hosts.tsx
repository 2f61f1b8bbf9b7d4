import { ConfirmHost } from "./confirm.tsx";
import { MenuHost } from "./menu.tsx";
import { ToastHost } from "./toast.tsx";
import { TooltipHost } from "./tooltip.tsx";

/** Where menus, questions, notes and tips appear. Once, beside the application. */
export function UiHosts() {
  return (
    <>
      <MenuHost />
      <ConfirmHost />
      <ToastHost />
      <TooltipHost />
    </>
  );
}
