/** Announces new messages while nobody looks at the page: title, icon, notification, sound. */
import { useEffect, useRef } from "react";
import { useT } from "../../i18n/index.ts";
import {
  type ChatSummary,
  useConversations,
  useSession,
  useUnreadTotal,
} from "../../model/index.ts";
import { setUnread } from "../frame/page-title.ts";
import { chatRoute, hrefOf, navigate } from "../router.ts";
import { playChime } from "./chime.ts";
import { type News, newsIn, type SeenChats, seenOf } from "./news.ts";
import { notifySettings, permission } from "./settings.ts";

/** Held by every tab that is looked at, so that the others stay silent. */
const lookedAtLock = "godwit.looked-at";
/** More at once (after a night offline) become one. */
const shownMax = 4;

const lookedAt = () => document.visibilityState === "visible" && document.hasFocus();

async function anotherTabLookedAt(): Promise<boolean> {
  if (!("locks" in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === lookedAtLock);
}

/** Holds the lock as long as the page is looked at. */
function useLookedAtLock(): void {
  useEffect(() => {
    if (!("locks" in navigator)) return;
    let release: (() => void) | undefined;
    const update = () => {
      if (lookedAt() && release === undefined) {
        const held = new Promise<void>((resolve) => (release = resolve));
        void navigator.locks.request(lookedAtLock, { mode: "shared" }, () => held);
      } else if (!lookedAt()) {
        release?.();
        release = undefined;
      }
    };
    update();
    const stop = new AbortController();
    for (const type of ["focus", "blur"] as const)
      window.addEventListener(type, update, { signal: stop.signal });
    document.addEventListener("visibilitychange", update, { signal: stop.signal });
    return () => {
      stop.abort();
      release?.();
    };
  }, []);
}

/** Shows one notification; the same conversation replaces its last one, in whichever tab. */
async function show(title: string, body: string, chat: ChatSummary): Promise<void> {
  const options = { body, tag: chat.id, icon: "/icon-192.png" };
  try {
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      window.focus();
      navigate(chatRoute(chat.id));
      shown.close();
    });
  } catch {
    // Android allows them only through the service worker, which opens the page when one is pressed.
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.showNotification(title, {
      ...options,
      data: { url: `/${hrefOf(chatRoute(chat.id))}` },
    });
  }
}

/** Call once, in the frame of a signed-in visitor. */
export function useNotifications(): void {
  const t = useT();
  const chats = useConversations();
  const total = useUnreadTotal();
  const { user: me, link } = useSession();
  const before = useRef<SeenChats>(undefined);
  useLookedAtLock();
  useEffect(() => setUnread(total), [total]);
  useEffect(() => () => setUnread(0), []);
  useEffect(() => {
    const news = newsIn(before.current, chats, me);
    // What was missed while offline is counted in the list, and not announced one by one.
    if (link === "online" || before.current !== undefined) before.current = seenOf(chats);
    if (news.length === 0 || lookedAt()) return;
    const announce = async (items: readonly News[]) => {
      if (await anotherTabLookedAt()) return;
      const { show: wanted, sound } = notifySettings();
      if (sound) playChime();
      if (!wanted || permission() !== "granted") return;
      for (const { chat, mention } of items.slice(0, shownMax)) {
        const text = chat.last?.text ?? "";
        const body = mention
          ? t("notify.mention", { name: chat.last?.sender ?? chat.title })
          : text === ""
            ? t("notify.message")
            : text;
        await show(chat.title, mention && text !== "" ? `${body}: ${text}` : body, chat);
      }
    };
    announce(news).catch(reportError);
  }, [chats, me, link, t]);
}
