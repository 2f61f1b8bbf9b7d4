/** The frame of the application: the start page, or the conversations of whoever is signed in. */
import { Suspense, useDeferredValue, useEffect } from "react";
import { useT } from "./i18n/index.ts";
import { useSession } from "./model/index.ts";
import { ErrorBoundary } from "./shell/frame/error-boundary.tsx";
import { ChatPane, preloadRest } from "./shell/pages.ts";
import { onDemand, preload, Spinner, UiHosts, useRested } from "./ui/index.ts";

const Home = onDemand(() => import("./shell/home.tsx"), { first: true });
const StartPage = onDemand(() => import("./shell/start/start-page.tsx"));

/** Fetches what a visitor sees first beside its texts. */
export function preloadStart(): void {
  preload(StartPage);
}

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

/** The frame is fetched beside what it shows, and what the first press will need once the page has come to rest. */
function usePreload(phase: Phase): void {
  const soon = phase === "loading";
  useEffect(() => {
    if (soon) preload(Home, ...(location.hash.startsWith("#/c/") ? [ChatPane] : []));
  }, [soon]);
  const rested = useRested();
  useEffect(() => {
    if (!rested) return;
    preload(Home);
    preloadRest();
  }, [rested]);
}

type Phase = ReturnType<typeof useSession>["phase"];

export function App() {
  const { phase } = useSession();
  usePreload(phase);
  // Drawn as soon as its code is here: what React shows instead of a missing part it leaves there for a while, however soon the part comes.
  const drawable = useDeferredValue<Phase>(phase, "loading");
  const shown = drawable === phase ? phase : "loading";
  return (
    <>
      <ErrorBoundary>
        <Suspense fallback={<Splash />}>
          {shown === "ready" ? <Home /> : shown === "signed_out" ? <StartPage /> : <Splash />}
        </Suspense>
      </ErrorBoundary>
      <UiHosts />
    </>
  );
}
