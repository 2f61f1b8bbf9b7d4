import { RotateCw, Trash2 } from "lucide-react";
import { actions, type ChatMessage } from "../../model/index.ts";
import { usePane } from "../pane/pane-context.ts";

const known = {
  content_rejected: "chat.failure.content_rejected",
  content_too_large: "chat.failure.content_too_large",
  muted: "chat.failure.muted",
  forbidden: "chat.failure.forbidden",
  not_member: "chat.failure.not_member",
  banned: "chat.failure.banned",
  conversation_dissolved: "chat.failure.conversation_dissolved",
  user_unknown: "chat.failure.user_unknown",
  rate_limited: "chat.failure.rate_limited",
  storage_full: "chat.failure.storage_full",
} as const;

const buttonLook =
  "inline-flex h-7 items-center gap-1.5 rounded-full px-2.5 text-xs font-medium hover:bg-danger-soft";

/** Below an own message that was refused: why, and what can be done. */
export function FailureLine({ message }: { message: ChatMessage }) {
  const { t } = usePane();
  const name = message.failure?.name ?? "";
  return (
    <div className="mt-1 flex flex-wrap items-center justify-end gap-x-1 text-xs text-danger-text">
      <span>{t(name in known ? known[name as keyof typeof known] : "chat.failure.other")}</span>
      <button type="button" className={buttonLook} onClick={() => actions.retry(message.key)}>
        <RotateCw size={13} aria-hidden="true" />
        {t("chat.message.retry")}
      </button>
      <button type="button" className={buttonLook} onClick={() => actions.discard(message.key)}>
        <Trash2 size={13} aria-hidden="true" />
        {t("chat.message.discard")}
      </button>
    </div>
  );
}
