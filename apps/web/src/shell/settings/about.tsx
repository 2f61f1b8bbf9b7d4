import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/index.ts";
import { showPanel } from "../frame/panels.ts";

export function About() {
  const t = useT();
  const link = "text-accent-text underline-offset-4 hover:underline";
  return (
    <>
      <p className="text-sm text-muted">{t("settings.aboutText")}</p>
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
        <Button size="sm" onClick={() => showPanel({ kind: "shortcuts" })}>
          {t("settings.shortcuts")}
        </Button>
        <a href="/api/docs" className={link}>
          {t("settings.apiDocs")}
        </a>
        <a href="/metrics" className={link}>
          {t("settings.metrics")}
        </a>
      </div>
    </>
  );
}
