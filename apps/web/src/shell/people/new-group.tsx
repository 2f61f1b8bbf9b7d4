import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions } from "../../model/index.ts";
import { Switch } from "../../ui/switch.tsx";
import { NameDialog } from "../frame/name-dialog.tsx";
import { chatRoute, navigate } from "../router.ts";
import { PeoplePicker } from "./people-picker.tsx";
import { useChoice } from "./use-choice.ts";

/** Makes a group or a channel: its name, who is in it, and whether others may come in. */
export default function NewGroup({ channel, onClose }: { channel: boolean; onClose: () => void }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const [chosen, toggle] = useChoice();
  const create = async (title: string) => {
    const members = chosen.map(({ id }) => id);
    const id = await actions.createGroup({ title, members, channel, open });
    onClose();
    navigate(chatRoute(id));
  };
  return (
    <NameDialog
      size="md"
      title={t(channel ? "create.channelTitle" : "create.groupTitle")}
      description={channel ? t("create.channelText") : undefined}
      label={t("create.name")}
      placeholder={t(channel ? "create.namePlaceholderChannel" : "create.namePlaceholderGroup")}
      action={t("create.create")}
      onSave={create}
      onClose={onClose}
      more={
        <Switch
          label={t("create.openToAll")}
          hint={t("create.openHint")}
          checked={open}
          onChange={setOpen}
        />
      }
    >
      <h3 className="mt-3 mb-2 text-sm font-medium">
        {t("create.members")}
        {chosen.length > 0 && (
          <span className="ml-2 font-normal text-muted">
            {t("people.selected", { count: chosen.length })}
          </span>
        )}
      </h3>
      <PeoplePicker chosen={chosen} onToggle={toggle} />
    </NameDialog>
  );
}
