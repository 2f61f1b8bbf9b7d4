// Part of the service worker: a notification that is pressed shows its conversation, in a tab that is open or in a new one.
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data?.url ?? "/";
  event.waitUntil(
    clients.matchAll({ type: "window" }).then(async ([open]) => {
      if (open === undefined) return clients.openWindow(url);
      await open.focus();
      return open.navigate(url);
    }),
  );
});
