import { loadTexts, type Translate } from "../../i18n/index.ts";
import type { ChatSummary } from "../../model/index.ts";
import type { MenuEntry } from "../../ui/index.ts";

/** What can be done with a conversation from the list; its code is fetched with the first menu. */
export async function loadChatMenu(t: Translate, chat: ChatSummary): Promise<MenuEntry[]> {
  const [{ chatMenu }] = await Promise.all([import("./chat-menu.tsx"), loadTexts()]);
  return chatMenu(t, chat);
}
