import { useT } from "../../i18n/index.ts";
import { actions, useSession } from "../../model/index.ts";
import { NameDialog } from "../frame/name-dialog.tsx";

/** Another name for the visitor. */
export default function OwnName({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { user = "", name = user } = useSession();
  return (
    <NameDialog
      title={t("settings.nameTitle")}
      label={t("start.name")}
      before={name}
      onSave={(chosen) => actions.setName(chosen)}
      onClose={onClose}
    />
  );
}
