import { Pencil, QrCode } from "lucide-react";
import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, useSession } from "../../model/index.ts";
import { Avatar, Button, IconButton } from "../../ui/index.ts";
import { showPanel } from "../frame/panels.ts";
import { useTask } from "../hooks.ts";
import { ChoiceRow } from "./choice-row.tsx";
import { keptStatus, type OwnStatus } from "./own-status.ts";

function Status() {
  const t = useT();
  const [status, setStatus] = useState<OwnStatus>(keptStatus);
  const [busy, run] = useTask();
  const choose = (next: OwnStatus) =>
    run(async () => {
      await actions.setStatus(next);
      setStatus(next);
    });
  return (
    <>
      <ChoiceRow
        label={t("settings.status")}
        name="status"
        value={status}
        disabled={busy}
        choices={[
          { value: "online", label: t("settings.statusOnline") },
          { value: "away", label: t("settings.statusAway") },
          { value: "invisible", label: t("settings.statusInvisible") },
        ]}
        onChange={choose}
      />
      {status === "invisible" && (
        <p className="text-sm text-muted">{t("settings.statusInvisibleHint")}</p>
      )}
    </>
  );
}

export function Profile() {
  const t = useT();
  const { user = "", name = user } = useSession();
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3 pb-2">
        <Avatar id={user} name={name} size={64} />
        <div className="min-w-48 flex-1">
          <p className="flex items-center gap-1">
            <span dir="auto" className="truncate text-lg font-semibold">
              {name}
            </span>
            <IconButton
              size="sm"
              label={t("settings.changeName")}
              icon={<Pencil size={16} />}
              onClick={() => showPanel({ kind: "ownName" })}
            />
          </p>
          <p className="truncate text-sm text-muted">@{user}</p>
        </div>
        <Button
          size="sm"
          className="max-sm:w-full"
          icon={<QrCode size={16} />}
          onClick={() => showPanel({ kind: "myLink" })}
        >
          {t("myLink.title")}
        </Button>
      </div>
      <p className="pb-1 text-sm text-muted">{t("settings.profileText")}</p>
      <Status />
    </>
  );
}
