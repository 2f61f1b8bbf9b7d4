import { Bot, Cpu, Globe, LogOut, type LucideIcon, Monitor, Smartphone } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { actions, type DeviceInfo, useSession } from "../../model/index.ts";
import { Button, confirm, Skeleton, toast } from "../../ui/index.ts";
import { errorText, inWords } from "../errors.ts";
import { useNow, useTask } from "../hooks.ts";

const icons: Readonly<Record<DeviceInfo["platform"], LucideIcon>> = {
  web: Globe,
  desktop: Monitor,
  ios: Smartphone,
  android: Smartphone,
  device: Cpu,
  bot: Bot,
};

function useDevices() {
  const t = useT();
  const [devices, setDevices] = useState<readonly DeviceInfo[]>();
  const [error, setError] = useState<string>();
  const load = useCallback(async () => {
    try {
      setDevices(await actions.devices());
      setError(undefined);
    } catch (thrown) {
      setError(errorText(t, thrown));
    }
  }, [t]);
  useEffect(() => void load(), [load]);
  return { devices, error, load };
}

function DeviceRow({ device, onEnded }: { device: DeviceInfo; onEnded: () => void }) {
  const t = useT();
  const format = useFormat();
  const now = useNow();
  const [busy, run] = useTask();
  const Icon = icons[device.platform];
  const name = t(`settings.platform.${device.platform}`);
  const end = () =>
    run(async () => {
      await actions.endDevice(device.device);
      toast(t("settings.deviceEnded"));
      onEnded();
    });
  return (
    <li className="flex items-center gap-3 py-2.5">
      <span className="flex size-10 shrink-0 items-center justify-center rounded-xl bg-sunken text-muted">
        <Icon size={20} aria-hidden="true" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate">
          {name}
          {device.current && (
            <span className="ml-2 rounded-full bg-accent-soft px-2 py-0.5 text-xs font-medium text-accent-text">
              {t("settings.thisDevice")}
            </span>
          )}
        </span>
        <span className="block truncate text-sm text-muted">
          {device.online
            ? t("settings.deviceOnline")
            : t("settings.deviceSeen", {
                time: format.brief(device.lastSeen, now, t("time.yesterday")),
              })}
          {" · "}
          {device.device.slice(0, 8)}
        </span>
      </span>
      {!device.current && (
        <Button
          size="sm"
          variant="danger-quiet"
          busy={busy}
          aria-label={t("settings.endDeviceOf", { device: `${name} ${device.device.slice(0, 8)}` })}
          onClick={end}
        >
          {t("settings.endDevice")}
        </Button>
      )}
    </li>
  );
}

function SignOutButtons({ others, onEnded }: { others: number; onEnded: () => void }) {
  const t = useT();
  const { queued } = useSession();
  const endOthers = () =>
    confirm({
      title: t("settings.endOthersTitle"),
      text: t("settings.endOthersText"),
      action: t("settings.endOthers"),
      danger: true,
      run: inWords(t, async () => {
        const count = await actions.signOutOthers();
        toast(t("settings.othersEnded", { count }));
        onEnded();
      }),
    });
  const endThis = () =>
    confirm({
      title: t("settings.signOutTitle"),
      text:
        queued > 0
          ? `${t("settings.signOutQueued", { count: queued })} ${t("settings.signOutText")}`
          : t("settings.signOutText"),
      action: t("settings.signOut"),
      danger: true,
      run: inWords(t, () => actions.signOut()),
    });
  return (
    <div className="flex flex-wrap gap-2 pt-3">
      {others > 0 && <Button onClick={() => void endOthers()}>{t("settings.endOthers")}</Button>}
      <Button variant="danger-quiet" icon={<LogOut size={18} />} onClick={() => void endThis()}>
        {t("settings.signOut")}
      </Button>
    </div>
  );
}

/** Where the visitor is signed in; each place can be signed out. */
export function Devices() {
  const t = useT();
  const { devices, error, load } = useDevices();
  const reload = () => void load();
  return (
    <>
      <p className="text-sm text-muted">{t("settings.devicesText")}</p>
      {error !== undefined && (
        <div role="alert" className="flex flex-wrap items-center gap-2 py-2 text-sm">
          <span className="text-danger-text">{error}</span>
          <Button size="sm" onClick={reload}>
            {t("action.retry")}
          </Button>
        </div>
      )}
      {devices === undefined && error === undefined && (
        <div role="status" aria-label={t("app.loading")} className="space-y-3 py-3">
          <Skeleton className="h-10 w-full" />
          <Skeleton className="h-10 w-full" />
        </div>
      )}
      <ul className="divide-y divide-line">
        {devices?.map((device) => (
          <DeviceRow key={device.device} device={device} onEnded={reload} />
        ))}
      </ul>
      <SignOutButtons
        others={devices?.filter(({ current }) => !current).length ?? 0}
        onEnded={reload}
      />
    </>
  );
}
