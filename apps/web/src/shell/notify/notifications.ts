/** Announces new messages while nobody looks at the page: notification, sound. */
import { useEffect } from "react";
import { useT } from "../../i18n/index.ts";
import { type IncomingMessage, nameOf, onIncoming } from "../../model/index.ts";
import { chatRoute, hrefOf, navigate } from "../router.ts";
import { lookedAtAnywhere, useLookedAtLock } from "./looked-at.ts";
import { playChime } from "./chime.ts";
import { notifySettings, permission } from "./settings.ts";
import { type Announcement, createThrottle } from "./throttle.ts";

/** Shows one notification; the next one of the same conversation takes its place. */
async function show({ conversation, title, body }: Announcement): Promise<void> {
  const options = { body, tag: conversation, icon: "/icon-192.png" };
  try {
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      window.focus();
      navigate(chatRoute(conversation));
      shown.close();
    });
  } catch {
    // Android allows them only through the service worker, which opens the page when one is pressed.
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.showNotification(title, {
      ...options,
      data: { url: `/${hrefOf(chatRoute(conversation))}` },
    });
  }
}

async function announce(item: Announcement): Promise<void> {
  if (await lookedAtAnywhere()) return;
  const { show: wanted, sound } = notifySettings();
  if (sound) playChime();
  if (wanted && permission() === "granted") await show(item);
}

function words(message: IncomingMessage, empty: string): Announcement {
  const { conversation, title, sender, text } = message;
  const said = text === "" ? empty : text;
  // In a direct conversation the title is who said it.
  const body = conversation.startsWith("d:") ? said : `${nameOf(sender)}: ${said}`;
  return { conversation, title, body };
}

/** Draws nothing. Once, in the frame of a signed-in visitor. */
export default function Notifications(): null {
  const t = useT();
  useLookedAtLock();
  useEffect(() => {
    const throttle = createThrottle((item) => {
      announce(item).catch(reportError);
    });
    const stop = onIncoming((message) => throttle.add(words(message, t("notify.message"))));
    return () => {
      stop();
      throttle.stop();
    };
  }, [t]);
  return null;
}
