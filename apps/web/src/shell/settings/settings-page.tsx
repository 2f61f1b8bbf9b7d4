/** The visitor's settings, one page in sections. */
import type { ReactNode } from "react";
import { useT } from "../../i18n/index.ts";
import { PageFrame } from "../frame/page-frame.tsx";
import { About } from "./about.tsx";
import { Appearance } from "./appearance.tsx";
import { Devices } from "./devices.tsx";
import { Notifications } from "./notifications.tsx";
import { Profile } from "./profile.tsx";

export function Section(props: { id: string; title: string; children: ReactNode }) {
  const { id, title, children } = props;
  return (
    <section aria-labelledby={`settings-${id}`} className="border-b border-line py-5 last:border-0">
      <h2 id={`settings-${id}`} className="mb-2 text-sm font-semibold text-muted">
        {title}
      </h2>
      {children}
    </section>
  );
}

export default function SettingsPage() {
  const t = useT();
  return (
    <PageFrame title={t("settings.title")}>
      <div className="mx-auto w-full max-w-xl px-5 pb-10">
        <Section id="profile" title={t("settings.profile")}>
          <Profile />
        </Section>
        <Section id="appearance" title={t("settings.appearance")}>
          <Appearance />
        </Section>
        <Section id="notifications" title={t("settings.notifications")}>
          <Notifications />
        </Section>
        <Section id="devices" title={t("settings.devices")}>
          <Devices />
        </Section>
        <Section id="about" title={t("settings.about")}>
          <About />
        </Section>
      </div>
    </PageFrame>
  );
}
