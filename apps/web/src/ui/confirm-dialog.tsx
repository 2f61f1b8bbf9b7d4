import { useRef, useState } from "react";
import { useT } from "../i18n/index.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import type { Asked } from "./question.ts";

/** A question with its two answers. */
export default function ConfirmDialog({ asked }: { asked: Asked }) {
  const t = useT();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const decline = useRef<HTMLButtonElement>(null);
  const agree = async () => {
    setBusy(true);
    try {
      await asked.run?.();
      asked.answer(true);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      role="alert"
      size="sm"
      title={asked.title}
      description={asked.text}
      initialFocus={decline}
      onClose={() => asked.answer(false)}
      footer={
        <>
          <Button ref={decline} onClick={() => asked.answer(false)}>
            {t("action.cancel")}
          </Button>
          <Button
            variant={asked.danger === true ? "danger" : "primary"}
            busy={busy}
            onClick={() => void agree()}
          >
            {asked.action}
          </Button>
        </>
      }
    >
      {error !== undefined && (
        <p role="alert" className="text-sm text-danger-text">
          {error}
        </p>
      )}
    </Dialog>
  );
}
