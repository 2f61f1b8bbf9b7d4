import { type SyntheticEvent, useId, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, useConversation } from "../../model/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { TextField } from "../../ui/text-field.tsx";
import { errorText } from "../errors.ts";

const titleLengthMax = 128;

export default function Rename(props: { conversation: string; onClose: () => void }) {
  const { conversation, onClose } = props;
  const t = useT();
  const formId = useId();
  const field = useRef<HTMLInputElement>(null);
  const before = useConversation(conversation)?.title ?? "";
  const [title, setTitle] = useState(before);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const rename = async () => {
    if (title.trim() === "") return setError(t("create.nameMissing"));
    setBusy(true);
    try {
      if (title.trim() !== before) await actions.rename(conversation, title.trim());
      onClose();
    } catch (thrown) {
      setError(errorText(t, thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      size="sm"
      title={t("group.renameTitle")}
      onClose={onClose}
      initialFocus={field}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          if (!busy) void rename();
        }}
      >
        <TextField
          ref={field}
          label={t("group.name")}
          maxLength={titleLengthMax}
          value={title}
          error={error}
          onChange={(event) => setTitle(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
