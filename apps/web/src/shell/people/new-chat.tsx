import { QrCode } from "lucide-react";
import { useRef } from "react";
import { useT } from "../../i18n/index.ts";
import { actions } from "../../model/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { showPanel } from "../frame/panels.ts";
import { useTask } from "../hooks.ts";
import { chatRoute, navigate } from "../router.ts";
import { PeoplePicker } from "./people-picker.tsx";

/** Finds somebody and opens the conversation with them. */
export default function NewChat({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [, run] = useTask();
  const field = useRef<HTMLInputElement>(null);
  return (
    <Dialog
      open
      title={t("create.chatTitle")}
      onClose={onClose}
      initialFocus={field}
      footer={
        <Button
          variant="ghost"
          icon={<QrCode size={18} />}
          onClick={() => showPanel({ kind: "myLink" })}
        >
          {t("list.emptyInvite")}
        </Button>
      }
    >
      <PeoplePicker
        initialFocus={field}
        onToggle={({ id }) =>
          run(async () => {
            const conversation = await actions.openDirect(id);
            onClose();
            navigate(chatRoute(conversation));
          })
        }
      />
    </Dialog>
  );
}
