import { Reply, X } from "lucide-react";
import type { ChatMessage } from "../../model/index.ts";
import { IconButton } from "../../ui/index.ts";
import { useShownName } from "../message/reply-quote.tsx";
import { usePane } from "../pane/pane-context.ts";

/** Above the text field: the message that will be answered. */
export function ReplyBar({ message, onCancel }: { message: ChatMessage; onCancel: () => void }) {
  const { t } = usePane();
  const name = useShownName(message.sender);
  const text =
    message.text === "" && message.kind !== "text" && message.kind !== "system"
      ? t(`chat.kind.${message.kind}`)
      : message.text;
  return (
    <div className="flex items-center gap-3 px-4 pt-2.5">
      <Reply size={18} aria-hidden="true" className="shrink-0 text-accent-text" />
      <div className="min-w-0 flex-1 border-l-[3px] border-accent pl-2.5 text-sm leading-5">
        <p className="truncate font-semibold text-accent-text">
          {message.mine ? t("chat.composer.replySelf") : t("chat.composer.replyTo", { name })}
        </p>
        <p dir="auto" className="truncate text-muted">
          {text}
        </p>
      </div>
      <IconButton
        size="sm"
        label={t("chat.composer.cancelReply")}
        keys="Esc"
        icon={<X size={18} />}
        onClick={onCancel}
      />
    </div>
  );
}
