import { Copy, Eye, Reply, RotateCw, Trash2 } from "lucide-react";
import { actions, type ChatMessage } from "../../model/index.ts";
import { type MenuEntry, toast, toastError } from "../../ui/index.ts";
import type { PaneContextValue } from "../pane/pane-context.ts";

/** Puts a text on the clipboard and says so. */
async function copy(text: string, pane: PaneContextValue): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(pane.t("chat.message.copied"));
  } catch {
    // Denied by the browser or its owner, or the page is not on a secure address.
    toastError(pane.t("chat.message.copyFailed"));
  }
}

/** What can be done with a message: answer, copy, see who has read it, send again, take away. */
export function menuEntries(message: ChatMessage, pane: PaneContextValue): MenuEntry[] {
  const { t } = pane;
  const { seq, mine, state, text, key } = message;
  const entries: MenuEntry[] = [];
  if (seq !== undefined && pane.canWrite) {
    entries.push({
      id: "reply",
      label: t("chat.message.reply"),
      icon: <Reply size={17} />,
      onSelect: () => pane.reply(message),
    });
  }
  if (text !== "") {
    entries.push({
      id: "copy",
      label: t("chat.message.copy"),
      icon: <Copy size={17} />,
      onSelect: () => void copy(text, pane),
    });
  }
  if (mine && seq !== undefined && pane.kind !== "direct") {
    entries.push({
      id: "receipts",
      label: t("chat.message.receipts"),
      icon: <Eye size={17} />,
      onSelect: () => pane.showReceipts(message),
    });
  }
  if (state === "failed") {
    entries.push({
      id: "retry",
      label: t("chat.message.retry"),
      icon: <RotateCw size={17} />,
      divided: true,
      onSelect: () => actions.retry(key),
    });
  }
  if (state === "failed" || state === "queued") {
    entries.push({
      id: "discard",
      label: t(state === "failed" ? "chat.message.discard" : "chat.message.cancelSend"),
      icon: <Trash2 size={17} />,
      tone: "danger",
      onSelect: () => actions.discard(key),
    });
  }
  return entries;
}
