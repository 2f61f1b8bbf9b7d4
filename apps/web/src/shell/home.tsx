/** The frame of a signed-in visitor: the list, the conversation or another page, the details. */
import { type ReactNode, Suspense, useEffect, useRef } from "react";
import { MessagesSquare } from "lucide-react";
import { useT } from "../i18n/index.ts";
import { drawn, useConversation, useConversations, useUnreadTotal } from "../model/index.ts";
import { Button, cx, EmptyState, Later, preload, Spinner } from "../ui/index.ts";
import { ConnectionBar } from "./frame/connection-bar.tsx";
import { ErrorBoundary } from "./frame/error-boundary.tsx";
import { InstallHint } from "./frame/install-hint.tsx";
import { setPageName, setUnread } from "./frame/page-title.ts";
import { PanelHost } from "./frame/panel-host.tsx";
import { useShortcuts } from "./frame/shortcuts.ts";
import { extraWideQuery, useMedia, wideQuery } from "./hooks.ts";
import { ListPane } from "./list/list-pane.tsx";
import {
  ChatPane,
  DetailsPane,
  InvitePage,
  Notifications,
  SettingsPage,
  UserPage,
} from "./pages.ts";
import { chatRoute, goBack, navigate, type Route, useRoute } from "./router.ts";

function Waiting() {
  const t = useT();
  return (
    <div role="status" className="flex h-full items-center justify-center text-muted">
      <Spinner size={28} />
      <span className="sr-only">{t("app.loading")}</span>
    </div>
  );
}

function NothingOpen({ unknown }: { unknown: boolean }) {
  const t = useT();
  useEffect(() => setPageName(""), []);
  return (
    <div className="flex h-full items-center justify-center">
      <EmptyState
        icon={<MessagesSquare size={28} />}
        title={t(unknown ? "app.unknownRoute" : "app.pickChat")}
        text={unknown ? undefined : t("app.pickChatText")}
      >
        {unknown ? <Button onClick={goBack}>{t("app.toChats")}</Button> : undefined}
      </EmptyState>
    </div>
  );
}

function Chat({ conversation, wide }: { conversation: string; wide: boolean }) {
  const chat = useConversation(conversation);
  useEffect(() => setPageName(chat?.title ?? ""), [chat?.title]);
  return (
    <ChatPane
      key={conversation}
      conversation={conversation}
      {...(wide ? {} : { onBack: goBack })}
      onDetails={() => navigate(chatRoute(conversation, true))}
    />
  );
}

function Main({ route, wide }: { route: Route; wide: boolean }) {
  switch (route.page) {
    case "chat":
      return <Chat conversation={route.conversation} wide={wide} />;
    case "settings":
      return <SettingsPage />;
    case "user":
      return <UserPage user={route.user} />;
    case "invite":
      return <InvitePage token={route.token} />;
    case "home":
    case "unknown":
      return <NothingOpen unknown={route.page === "unknown"} />;
  }
}

function Details({ conversation, docked }: { conversation: string; docked: boolean }) {
  return (
    <ErrorBoundary key={conversation}>
      <Suspense fallback={<Waiting />}>
        <DetailsPane conversation={conversation} docked={docked} />
      </Suspense>
    </ErrorBoundary>
  );
}

/** The list is drawn first; the conversation's code is there before one is opened. */
function usePreloadedChat(): void {
  useEffect(() => preload(ChatPane), []);
}

function SkipLinks() {
  const t = useT();
  const look =
    "sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-raised focus:px-4 focus:py-2 focus:shadow-lift";
  const jump = (id: string) => () => {
    const target = document.getElementById(id);
    target?.focus();
  };
  return (
    <>
      <button type="button" className={look} onClick={jump("main")}>
        {t("app.skip")}
      </button>
      <button type="button" className={look} onClick={jump("list")}>
        {t("app.skipToList")}
      </button>
    </>
  );
}

/** The list: one column of a wide page, the whole of a narrow one. It stays there while it is hidden, with its place and search. */
function Side({ shown, children }: { shown: boolean; children: ReactNode }) {
  const t = useT();
  return (
    <nav
      id="list"
      tabIndex={-1}
      aria-label={t("list.label")}
      hidden={!shown}
      className={cx(
        "h-full w-full shrink-0 flex-col border-r border-line bg-surface outline-none md:w-80 lg:w-[22rem] xl:w-96",
        shown ? "flex" : "hidden",
      )}
    >
      {children}
    </nav>
  );
}

/** A conversation says itself when it is drawn. */
function useDrawn(page: Route["page"]): void {
  useEffect(() => {
    if (page !== "chat") drawn();
  }, [page]);
}

function useUnreadInTitle(): void {
  const total = useUnreadTotal();
  useEffect(() => setUnread(total), [total]);
  useEffect(() => () => setUnread(0), []);
}

/** Back in the list, the focus is on the conversation that was left, not at the beginning of the page. */
function useFocusOnReturn(current: string | undefined, page: Route["page"]): void {
  const last = useRef(current);
  useEffect(() => {
    const left = last.current;
    last.current = current;
    if (page !== "home" || left === undefined) return;
    const row = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(left)}"]`);
    if (document.activeElement === document.body || document.activeElement === null)
      row?.focus({ preventScroll: true });
  }, [current, page]);
}

export default function Home() {
  const route = useRoute();
  const wide = useMedia(wideQuery);
  const extraWide = useMedia(extraWideQuery);
  const chats = useConversations();
  usePreloadedChat();
  useDrawn(route.page);
  useUnreadInTitle();
  useShortcuts(chats, route);
  const current = route.page === "chat" ? route.conversation : undefined;
  useFocusOnReturn(current, route.page);
  const details = route.page === "chat" && route.details;
  const mainShown = wide || route.page !== "home";
  const docked = details && extraWide;
  return (
    <div className="flex h-dvh flex-col bg-canvas">
      <SkipLinks />
      <ConnectionBar />
      {/* Where there is room for the list only, it is what the page is about. */}
      <div role={mainShown ? undefined : "main"} className="flex min-h-0 flex-1">
        <Side shown={wide || !mainShown}>
          <ListPane current={current} />
          <InstallHint />
        </Side>
        <main
          id="main"
          tabIndex={-1}
          hidden={!mainShown}
          className="relative h-full min-w-0 flex-1 outline-none"
        >
          <div inert={details && !docked} className="h-full">
            <ErrorBoundary key={current ?? route.page}>
              <Suspense fallback={<Waiting />}>
                <Main route={route} wide={wide} />
              </Suspense>
            </ErrorBoundary>
          </div>
          {details && !docked && (
            <div className="absolute inset-0 z-10">
              <Details conversation={current ?? ""} docked={false} />
            </div>
          )}
        </main>
        {docked && (
          <aside className="h-full w-80 shrink-0 border-l border-line xl:w-88">
            <Details conversation={current ?? ""} docked />
          </aside>
        )}
      </div>
      <PanelHost />
      <Later part={Notifications} />
    </div>
  );
}
