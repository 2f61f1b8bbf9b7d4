/** The frame of the application: the start page, or the conversations of whoever is signed in. */
import { lazy, Suspense, useEffect } from "react";
import { useT } from "./i18n/index.ts";
import { useSession } from "./model/index.ts";
import { ErrorBoundary } from "./shell/frame/error-boundary.tsx";
import { preloadDialogs, preloadMenus, Spinner, UiHosts } from "./ui/index.ts";

const loadHome = () => import("./shell/home.tsx");
const Home = lazy(loadHome);
const StartPage = lazy(() => import("./shell/start/start-page.tsx"));

/** While it is found out who is signed in: so short that only a slow disk shows it. */
function Splash() {
  const t = useT();
  return (
    <div role="status" className="flex h-dvh items-center justify-center text-muted">
      <Spinner size={28} />
      <span className="sr-only">{t("app.loading")}</span>
    </div>
  );
}

/** Somebody is signed in: the frame is fetched beside what it shows. Else what the first press will need, once the page has come to rest. */
function usePreload(phase: "loading" | "signed_out" | "ready"): void {
  const soon = phase === "loading";
  useEffect(() => {
    if (soon)
      loadHome().catch(() => {
        // Asked for again when it is to be drawn, and shown as failed then.
      });
  }, [soon]);
  useEffect(() => {
    const idle = setTimeout(() => {
      Promise.all([loadHome(), preloadMenus(), preloadDialogs()]).catch(() => {
        // Offline before they came: they are asked for again when they are needed.
      });
    }, 1_500);
    return () => clearTimeout(idle);
  }, []);
}

export function App() {
  const { phase } = useSession();
  usePreload(phase);
  return (
    <>
      <ErrorBoundary>
        <Suspense fallback={<Splash />}>
          {phase === "ready" ? <Home /> : phase === "signed_out" ? <StartPage /> : <Splash />}
        </Suspense>
      </ErrorBoundary>
      <UiHosts />
    </>
  );
}
