/** What can be done with a conversation from the list. */
import { Bell, BellOff, CheckCheck, Info, LogOut, MessageSquare, Pin, PinOff } from "lucide-react";
import type { Translate } from "../../i18n/index.ts";
import { actions, type ChatSummary } from "../../model/index.ts";
import type { MenuEntry } from "../../ui/index.ts";
import { askToLeave } from "../details/group-actions.ts";
import { groupRights } from "../details/rights.ts";
import { chatRoute, navigate } from "../router.ts";

const size = 18;

export function chatMenu(t: Translate, chat: ChatSummary): MenuEntry[] {
  const canLeave = groupRights(chat.role, chat.kind, chat).leave;
  return [
    {
      id: "open",
      label: t("list.menu.open"),
      icon: <MessageSquare size={size} />,
      onSelect: () => navigate(chatRoute(chat.id)),
    },
    {
      id: "read",
      label: t("list.menu.markRead"),
      icon: <CheckCheck size={size} />,
      disabled: chat.unread === 0,
      onSelect: () => actions.markRead(chat.id, chat.lastSeq),
    },
    {
      id: "pin",
      label: t(chat.pinned ? "list.menu.unpin" : "list.menu.pin"),
      icon: chat.pinned ? <PinOff size={size} /> : <Pin size={size} />,
      onSelect: () => actions.pin(chat.id, !chat.pinned),
    },
    {
      id: "mute",
      label: t(chat.muted ? "list.menu.unmute" : "list.menu.mute"),
      icon: chat.muted ? <Bell size={size} /> : <BellOff size={size} />,
      onSelect: () => actions.mute(chat.id, !chat.muted),
    },
    {
      id: "info",
      label: t("list.menu.info"),
      icon: <Info size={size} />,
      onSelect: () => navigate(chatRoute(chat.id, true)),
    },
    ...(canLeave
      ? [
          {
            id: "leave",
            label: t("list.menu.leave"),
            icon: <LogOut size={size} />,
            tone: "danger" as const,
            divided: true,
            onSelect: () => askToLeave(t, chat),
          },
        ]
      : []),
  ];
}
