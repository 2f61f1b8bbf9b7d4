import { useConversation } from "../../model/index.ts";
import { Avatar } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";

/** Above the very first message: whom or what this conversation is with. */
export function Beginning() {
  const { t, conversation, kind } = usePane();
  const summary = useConversation(conversation);
  if (summary === undefined) return null;
  const { title, peer, id } = summary;
  return (
    <div className="flex flex-col items-center gap-3 px-6 pt-6 pb-4 text-center">
      <Avatar id={peer ?? id} name={title} size={64} kind={kind} />
      <p className="max-w-80 text-sm text-balance text-muted">
        {kind === "direct"
          ? t("chat.begin.direct", { name: title })
          : t(`chat.begin.${kind}`, { title })}
      </p>
    </div>
  );
}
