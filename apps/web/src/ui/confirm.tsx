/** Questions by command: `if (await confirm({ … })) …`. */
import { useRef, useState } from "react";
import { create } from "zustand";
import { useT } from "../i18n/index.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

export interface Question {
  readonly title: string;
  readonly text?: string;
  /** Words of the button that agrees. */
  readonly action: string;
  readonly danger?: boolean;
  /** Done before the dialog closes; what it throws is shown in the dialog. */
  readonly run?: () => Promise<void>;
}

interface Asked extends Question {
  readonly answer: (agreed: boolean) => void;
}

const useAsked = create<{ readonly asked: Asked | undefined }>()(() => ({ asked: undefined }));

/** Asks, and resolves to whether the visitor agreed. A second question declines the first. */
export function confirm(question: Question): Promise<boolean> {
  useAsked.getState().asked?.answer(false);
  return new Promise((resolve) => {
    const answer = (agreed: boolean) => {
      useAsked.setState({ asked: undefined });
      resolve(agreed);
    };
    useAsked.setState({ asked: { ...question, answer } });
  });
}

function ConfirmDialog({ asked }: { asked: Asked }) {
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

/** Where questions appear; one for the page. */
export function ConfirmHost() {
  const asked = useAsked((state) => state.asked);
  return asked === undefined ? null : <ConfirmDialog asked={asked} />;
}
