/** What the frame shows, each fetched when it is first shown or shortly before. */
import { DialogPanel, MenuPanel, onDemand, PopoverPanel, preload } from "../ui/index.ts";

export const ChatPane = onDemand(
  async () => ({ default: (await import("../chat/index.ts")).ChatPane }),
  { first: true },
);
export const DetailsPane = onDemand(() => import("./details/details-pane.tsx"));
export const SettingsPage = onDemand(() => import("./settings/settings-page.tsx"));
export const UserPage = onDemand(() => import("./links/user-page.tsx"));
export const InvitePage = onDemand(() => import("./links/invite-page.tsx"));
export const Notifications = onDemand(() => import("./notify/notifications.ts"));

/** What the first presses will need. */
export function preloadRest(): void {
  preload(ChatPane, MenuPanel, DialogPanel, PopoverPanel, DetailsPane, SettingsPage);
}
