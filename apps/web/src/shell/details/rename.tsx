import { useT } from "../../i18n/index.ts";
import { actions, useConversation } from "../../model/index.ts";
import { NameDialog } from "../frame/name-dialog.tsx";

/** Another title for a group or channel. */
export default function Rename(props: { conversation: string; onClose: () => void }) {
  const { conversation, onClose } = props;
  const t = useT();
  return (
    <NameDialog
      title={t("group.renameTitle")}
      label={t("group.name")}
      before={useConversation(conversation)?.title ?? ""}
      onSave={(title) => actions.rename(conversation, title)}
      onClose={onClose}
    />
  );
}
