import { ConfirmHost } from "./confirm.tsx";
import { Later } from "./later.tsx";
import { MenuHost } from "./menu.tsx";
import { ToastHost } from "./toast.tsx";
import { onDemand } from "./on-demand.ts";

/** Nobody needs one at once. */
const TooltipHost = onDemand(() => import("./tooltip.tsx"));

/** Where menus, questions, notes and tips appear. Once, beside the application. */
export function UiHosts() {
  return (
    <>
      <MenuHost />
      <ConfirmHost />
      <ToastHost />
      <Later part={TooltipHost} />
    </>
  );
}
