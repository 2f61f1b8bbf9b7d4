import { Download, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { IconButton } from "../../ui/index.ts";

/** Not in the types of browsers yet: https://wicg.github.io/manifest-incubations/ */
interface InstallEvent extends Event {
  prompt(): Promise<void>;
}

const storageKey = "godwit.install";

/** One line below the list where the browser can install the page; gone for good once it is dismissed. */
export function InstallHint() {
  const t = useT();
  const [offer, setOffer] = useState<InstallEvent>();
  useEffect(() => {
    const onOffer = (event: Event) => {
      event.preventDefault();
      if (localStorage.getItem(storageKey) === null) setOffer(event as InstallEvent);
    };
    const onInstalled = () => setOffer(undefined);
    window.addEventListener("beforeinstallprompt", onOffer);
    window.addEventListener("appinstalled", onInstalled);
    return () => {
      window.removeEventListener("beforeinstallprompt", onOffer);
      window.removeEventListener("appinstalled", onInstalled);
    };
  }, []);
  if (offer === undefined) return null;
  const dismiss = () => {
    localStorage.setItem(storageKey, "dismissed");
    setOffer(undefined);
  };
  return (
    <div className="flex items-center gap-2 border-t border-line py-1.5 pr-2 pl-5 text-sm">
      <Download size={16} aria-hidden="true" className="shrink-0 text-muted" />
      <span className="min-w-0 flex-1">{t("app.install")}</span>
      <button
        type="button"
        className="rounded-lg px-2 py-1 font-medium text-accent-text hover:bg-hover"
        onClick={() => {
          offer.prompt().then(dismiss, dismiss);
        }}
      >
        {t("app.installAction")}
      </button>
      <IconButton size="sm" label={t("action.dismiss")} icon={<X size={16} />} onClick={dismiss} />
    </div>
  );
}
