/**
 * The kit that every screen is made of. Menus, dialogs and popovers load their code when the first opens; fields and switches, which the first screen does
 * not have, are imported from their files.
 */
export { Avatar } from "./avatar.tsx";
export { Badge } from "./badge.tsx";
export { Button, IconButton } from "./button.tsx";
export { cx } from "./class-names.ts";
export { confirm } from "./confirm.tsx";
export { Dialog, DialogPanel } from "./dialog.tsx";
export { EmptyState } from "./empty-state.tsx";
export { UiHosts } from "./hosts.tsx";
export { Later } from "./later.tsx";
export { closeMenu, MenuButton, MenuPanel, showContextMenu, showMenu } from "./menu.tsx";
export type { MenuEntry } from "./menu-entries.ts";
export { NotLoaded, onDemand, preload, tryAgain } from "./on-demand.ts";
export { Overlay } from "./overlay-boundary.tsx";
export { Popover, PopoverPanel } from "./popover.tsx";
export { Skeleton } from "./skeleton.tsx";
export { Spinner } from "./spinner.tsx";
export { setTheme, startTheme, useTheme } from "./theme.ts";
export { toast, toastError } from "./toast.tsx";
export { useRested } from "./use-rested.ts";
