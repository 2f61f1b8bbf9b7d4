import { type SyntheticEvent, useId, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { TextField } from "../../ui/text-field.tsx";
import { errorText } from "../errors.ts";

/** As the protocol's titles and names. */
const nameLengthMax = 128;

export interface NameDialogProps {
  readonly title: string;
  readonly label: string;
  /** Said of an empty field. */
  readonly missing: string;
  readonly before: string;
  readonly onSave: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for another name of something. */
export function NameDialog({ title, label, missing, before, onSave, onClose }: NameDialogProps) {
  const t = useT();
  const formId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(before);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (name.trim() === "") return setError(missing);
    setBusy(true);
    try {
      if (name.trim() !== before) await onSave(name.trim());
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
      title={title}
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
          if (!busy) void save();
        }}
      >
        <TextField
          ref={field}
          label={label}
          maxLength={nameLengthMax}
          value={name}
          error={error}
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
