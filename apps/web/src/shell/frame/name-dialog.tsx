import { type ReactNode, type SyntheticEvent, useId, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { TextField } from "../../ui/text-field.tsx";
import { errorText } from "../errors.ts";

/** As the protocol's titles and names. */
const nameLengthMax = 128;

export interface NameDialogProps {
  readonly title: string;
  readonly description?: string | undefined;
  readonly size?: "sm" | "md";
  readonly label: string;
  readonly placeholder?: string;
  /** The name there is; nothing is saved if it stays. */
  readonly before?: string;
  /** Words of the button that saves. */
  readonly action?: string;
  /** What else is asked for, below the name. */
  readonly more?: ReactNode;
  /** Below the form. */
  readonly children?: ReactNode;
  /** What it rejects with is said at the field. */
  readonly onSave: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for the name of something, new or another one. */
export function NameDialog({ before = "", onSave, onClose, ...props }: NameDialogProps) {
  const t = useT();
  const formId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(before);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (name.trim() === "") {
      setError(t("create.nameMissing"));
      field.current?.focus();
      return;
    }
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
      size={props.size ?? "sm"}
      title={props.title}
      description={props.description}
      onClose={onClose}
      initialFocus={field}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            {props.action ?? t("action.save")}
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
          label={props.label}
          placeholder={props.placeholder}
          maxLength={nameLengthMax}
          required
          value={name}
          error={error}
          onChange={(event) => {
            setName(event.target.value);
            setError(undefined);
          }}
        />
        {props.more}
      </form>
      {props.children}
    </Dialog>
  );
}
