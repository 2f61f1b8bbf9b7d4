/** Whether, and how, new messages are announced. Kept in this browser. */
export interface NotifySettings {
  readonly show: boolean;
  readonly sound: boolean;
}

export type Permission = "granted" | "denied" | "default" | "insecure" | "unsupported";

const storageKey = "godwit.notify";

export function notifySettings(): NotifySettings {
  const kept = localStorage.getItem(storageKey);
  const parts = kept === null ? ["show"] : kept.split(" ");
  return { show: parts.includes("show"), sound: parts.includes("sound") };
}

export function keepNotifySettings({ show, sound }: NotifySettings): void {
  localStorage.setItem(storageKey, [show && "show", sound && "sound"].filter(Boolean).join(" "));
}

/** What the browser says. On plain http addresses of a network it never asks. */
export function permission(): Permission {
  if (!isSecureContext) return "insecure";
  if (typeof Notification === "undefined") return "unsupported";
  return Notification.permission;
}

/** Asks the visitor by the browser's own question; call it from a press of a button. */
export async function askPermission(): Promise<Permission> {
  return permission() === "default" ? Notification.requestPermission() : permission();
}
