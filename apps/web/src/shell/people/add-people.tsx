import { Link } from "lucide-react";
import { useRef } from "react";
import { useT } from "../../i18n/index.ts";
import { actions } from "../../model/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { showPanel } from "../frame/panels.ts";
import { useTask } from "../hooks.ts";
import { PeoplePicker } from "./people-picker.tsx";
import { useChoice } from "./use-choice.ts";

/** Adds people to a group; whoever is in it already stays, without an error. */
export default function AddPeople(props: { conversation: string; onClose: () => void }) {
  const { conversation, onClose } = props;
  const t = useT();
  const field = useRef<HTMLInputElement>(null);
  const [chosen, toggle] = useChoice();
  const [busy, run] = useTask();
  const add = () =>
    run(async () => {
      await actions.invite(
        conversation,
        chosen.map(({ id }) => id),
      );
      onClose();
    });
  return (
    <Dialog
      open
      title={t("group.addPeopleTitle")}
      onClose={onClose}
      initialFocus={field}
      footer={
        <>
          <Button
            variant="ghost"
            className="mr-auto"
            icon={<Link size={18} />}
            onClick={() => showPanel({ kind: "invite", conversation })}
          >
            {t("group.inviteLink")}
          </Button>
          <Button variant="primary" busy={busy} disabled={chosen.length === 0} onClick={add}>
            {t("action.add")}
          </Button>
        </>
      }
    >
      <PeoplePicker chosen={chosen} onToggle={toggle} initialFocus={field} />
    </Dialog>
  );
}
