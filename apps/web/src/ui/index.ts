/** The kit that every screen is made of. Menus, dialogs and popovers load their code when the first opens. */
export { Avatar } from "./avatar.tsx";
export { Badge } from "./badge.tsx";
export { Button, IconButton } from "./button.tsx";
export { cx } from "./class-names.ts";
export { confirm } from "./confirm.tsx";
export { Dialog, preloadDialogs } from "./dialog.tsx";
export { EmptyState } from "./empty-state.tsx";
export { UiHosts } from "./hosts.tsx";
export { closeMenu, MenuButton, preloadMenus, showContextMenu, showMenu } from "./menu.tsx";
export type { MenuEntry } from "./menu-entries.ts";
export { Popover } from "./popover.tsx";
export { Skeleton } from "./skeleton.tsx";
export { Spinner } from "./spinner.tsx";
export { Switch } from "./switch.tsx";
export { TextField } from "./text-field.tsx";
export { setTheme, startTheme, useTheme } from "./theme.ts";
export { toast, toastError } from "./toast.tsx";
