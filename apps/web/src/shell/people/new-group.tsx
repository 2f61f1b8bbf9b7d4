import { type SyntheticEvent, useId, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions } from "../../model/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { Switch } from "../../ui/switch.tsx";
import { TextField } from "../../ui/text-field.tsx";
import { errorText } from "../errors.ts";
import { chatRoute, navigate } from "../router.ts";
import { PeoplePicker } from "./people-picker.tsx";
import { useChoice } from "./use-choice.ts";

const titleLengthMax = 128;

/** Makes a group or a channel: its name, who is in it, and whether others may come in. */
export default function NewGroup({ channel, onClose }: { channel: boolean; onClose: () => void }) {
  const t = useT();
  const formId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [title, setTitle] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, toggle] = useChoice();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const create = async () => {
    if (title.trim() === "") {
      setError(t("create.nameMissing"));
      field.current?.focus();
      return;
    }
    setBusy(true);
    try {
      const members = chosen.map(({ id }) => id);
      const id = await actions.createGroup({ title: title.trim(), members, channel, open });
      onClose();
      navigate(chatRoute(id));
    } catch (thrown) {
      setError(errorText(t, thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t(channel ? "create.channelTitle" : "create.groupTitle")}
      description={channel ? t("create.channelText") : undefined}
      onClose={onClose}
      initialFocus={field}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            {t("create.create")}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          if (!busy) void create();
        }}
      >
        <TextField
          ref={field}
          label={t("create.name")}
          placeholder={t(channel ? "create.namePlaceholderChannel" : "create.namePlaceholderGroup")}
          maxLength={titleLengthMax}
          required
          value={title}
          error={error}
          onChange={(event) => {
            setTitle(event.target.value);
            setError(undefined);
          }}
        />
        <Switch
          label={t("create.openToAll")}
          hint={t("create.openHint")}
          checked={open}
          onChange={setOpen}
        />
      </form>
      <h3 className="mt-3 mb-2 text-sm font-medium">
        {t("create.members")}
        {chosen.length > 0 && (
          <span className="ml-2 font-normal text-muted">
            {t("people.selected", { count: chosen.length })}
          </span>
        )}
      </h3>
      <PeoplePicker chosen={chosen} onToggle={toggle} />
    </Dialog>
  );
}
