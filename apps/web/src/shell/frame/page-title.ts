/** The page's title and icon: where one is, and how much is unread. */
const appName = "Godwit";

let pageName = "";
let unread = 0;

/** `(3) Ada · Godwit` */
export function titleOf(name: string, unreadCount: number): string {
  const count = unreadCount > 0 ? `(${unreadCount > 99 ? "99+" : unreadCount}) ` : "";
  return `${count}${name === "" ? appName : `${name} · ${appName}`}`;
}

const plainIcon = "/icon.svg";
const dottedIcon = "/icon-unread.svg";

function show(): void {
  document.title = titleOf(pageName, unread);
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = unread > 0 ? dottedIcon : plainIcon;
  if (icon !== null && !icon.href.endsWith(href)) icon.href = href;
}

/** Names what is shown in the main place; empty for the list. */
export function setPageName(name: string): void {
  pageName = name;
  show();
}

/** Tells how many messages wait; also on the icon of an installed app. */
export function setUnread(count: number): void {
  unread = count;
  show();
  if ("setAppBadge" in navigator)
    (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {
      // The system shows no badges, or not for this page.
    });
}
