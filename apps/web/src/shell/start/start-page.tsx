/** What visitors see who are not signed in: one line on what this is, and the way in. */
import { CheckCheck, CloudOff, type LucideIcon, Users } from "lucide-react";
import { useEffect, useState } from "react";
import { type TextKey, useT } from "../../i18n/index.ts";
import { useSession } from "../../model/index.ts";
import { LanguageMenu } from "../frame/language-menu.tsx";
import { ThemeButton } from "../frame/theme-button.tsx";
import { useRoute } from "../router.ts";
import { AuthForm, type AuthMode } from "./auth-form.tsx";
import { Invited } from "./invited.tsx";
import { lastUser } from "./last-user.ts";
import { noticeKey } from "./notice.ts";

const points: readonly (readonly [LucideIcon, TextKey & `start.points.${string}`])[] = [
  [CheckCheck, "start.points.order"],
  [CloudOff, "start.points.offline"],
  [Users, "start.points.groups"],
];

function Intro() {
  const t = useT();
  return (
    <div className="flex flex-col gap-5">
      <img src="/icon.svg" alt="" width={56} height={56} className="rounded-2xl" />
      <div>
        <h1 className="text-2xl font-semibold tracking-tight sm:text-[2rem] sm:leading-tight">
          {t("app.name")}
        </h1>
        <p className="mt-2 max-w-sm text-base text-muted sm:text-lg">{t("app.tagline")}</p>
      </div>
      <ul className="hidden flex-col gap-3 md:flex">
        {points.map(([Icon, key]) => (
          <li key={key} className="flex items-center gap-3">
            <span className="flex size-9 items-center justify-center rounded-xl bg-accent-soft text-accent-text">
              <Icon size={18} aria-hidden="true" />
            </span>
            {t(key)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Why the visitor is here, where the address or the end of a session says so. */
function Reason() {
  const t = useT();
  const route = useRoute();
  const { notice } = useSession();
  if (route.page === "invite") return <Invited token={route.token} />;
  const text =
    route.page === "user"
      ? t("start.chatWith", { user: route.user })
      : notice === undefined
        ? undefined
        : t(noticeKey(notice));
  if (text === undefined) return null;
  return (
    <p
      role="status"
      className="mb-5 rounded-xl bg-accent-soft px-3.5 py-3 text-sm text-accent-text"
    >
      {text}
    </p>
  );
}

function Developers() {
  const t = useT();
  const link = "text-accent-text underline-offset-4 hover:underline";
  return (
    <p className="flex flex-wrap justify-center gap-x-3 gap-y-1 text-sm text-muted">
      <span>{t("start.developers")}</span>
      <a href="/api/docs" className={link}>
        {t("start.apiDocs")}
      </a>
      <a href="/metrics" className={link}>
        {t("start.metrics")}
      </a>
    </p>
  );
}

export default function StartPage() {
  const t = useT();
  const [mode, setMode] = useState<AuthMode>(() => (lastUser() !== "" ? "signIn" : "register"));
  const registers = mode === "register";
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);
  return (
    <div className="flex min-h-full flex-col bg-canvas">
      <header className="flex justify-end gap-1 p-3">
        <LanguageMenu />
        <ThemeButton />
      </header>
      <main
        id="main"
        className="mx-auto grid w-full max-w-5xl flex-1 grid-cols-[minmax(0,1fr)] content-start items-center gap-8 px-5 pb-10 md:grid-cols-2 md:content-center md:gap-16"
      >
        <Intro />
        <section
          aria-labelledby="auth-title"
          className="w-full max-w-md justify-self-center rounded-2xl border border-line bg-surface p-5 sm:p-8"
        >
          <h2 id="auth-title" className="mb-5 text-xl font-semibold">
            {t(registers ? "start.registerTitle" : "start.signInTitle")}
          </h2>
          <Reason />
          <AuthForm key={mode} mode={mode} />
          <p className="mt-5 text-center text-sm text-muted">
            {t(registers ? "start.haveAccount" : "start.noAccount")}{" "}
            <button
              type="button"
              className="font-medium text-accent-text underline-offset-4 hover:underline"
              onClick={() => setMode(registers ? "signIn" : "register")}
            >
              {t(registers ? "start.signIn" : "start.register")}
            </button>
          </p>
        </section>
      </main>
      <footer className="px-5 pb-6">
        <Developers />
      </footer>
    </div>
  );
}
