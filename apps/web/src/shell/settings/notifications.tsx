import { BellRing } from "lucide-react";
import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/index.ts";
import { Switch } from "../../ui/switch.tsx";
import { playChime } from "../notify/chime.ts";
import {
  askPermission,
  keepNotifySettings,
  notifySettings,
  permission,
} from "../notify/settings.ts";

/** Notifications and the sound. The browser is asked only when the visitor presses the button. */
export function Notifications() {
  const t = useT();
  const [allowed, setAllowed] = useState(permission);
  const [settings, setSettings] = useState(notifySettings);
  const change = (part: Partial<typeof settings>) => {
    const next = { ...settings, ...part };
    keepNotifySettings(next);
    setSettings(next);
  };
  const ask = async () => {
    const answer = await askPermission();
    setAllowed(answer);
    if (answer === "granted") change({ show: true });
  };
  return (
    <>
      {allowed === "granted" ? (
        <Switch
          label={t("settings.notifyOn")}
          hint={t("settings.notifyHint")}
          checked={settings.show}
          onChange={(show) => change({ show })}
        />
      ) : allowed === "default" ? (
        <div className="flex flex-wrap items-center justify-between gap-3 py-2.5">
          <span>{t("settings.notifyAsk")}</span>
          <Button icon={<BellRing size={18} />} onClick={() => void ask()}>
            {t("settings.notifyAllow")}
          </Button>
        </div>
      ) : (
        <p className="py-2 text-sm text-muted">
          {t(
            allowed === "denied"
              ? "settings.notifyDenied"
              : allowed === "insecure"
                ? "settings.notifyInsecure"
                : "settings.notifyUnsupported",
          )}
        </p>
      )}
      <Switch
        label={t("settings.sound")}
        checked={settings.sound}
        onChange={(sound) => {
          change({ sound });
          if (sound) playChime();
        }}
      />
    </>
  );
}
