/** What the browser fetches, and how long it takes, until the page shows something. */
import { gzipSync } from "node:zlib";
import type { Page, Response } from "playwright-core";
import type { Friend } from "../kit/friend.ts";
import type { Person } from "../kit/person.ts";

/** Selectors of what somebody waits for. */
export const startPage = "form button[type=submit]";
export const messages = '[role="article"]';

/** Milliseconds from the navigation until this is in the page and drawn. */
export function shownMs(page: Page, selector: string): Promise<number> {
  return page.evaluate(async (wanted) => {
    while (document.querySelector(wanted) === null) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now();
  }, selector);
}

/** In this browser a conversation is open, its messages are kept, and it is where the page begins next time. */
export async function keepHello(person: Person, bob: Friend, user = "eve"): Promise<void> {
  await person.register(user, "Eve");
  await bob.client.direct(user).send("hello, Eve");
  await person.open("Bob Ross");
  await person.reads("hello, Eve");
  await person.keeps("messages", "hello, Eve");
}

/** Bytes, gzipped, of the page, scripts and styles that were asked for before this was in the page, in a visit without the service worker. */
export async function fetchedUntil(person: Person, selector: string): Promise<number> {
  const { page } = person;
  const address = page.url() === "about:blank" ? person.url : page.url();
  if (page.url() !== "about:blank") {
    await page.evaluate(async () => {
      for (const worker of await navigator.serviceWorker.getRegistrations())
        await worker.unregister();
    });
    await page.goto("about:blank");
  }
  const bodies = new Map<string, Promise<Buffer>>();
  const took = (response: Response) => {
    const request = response.request();
    if (["document", "script", "stylesheet"].includes(request.resourceType()))
      bodies.set(request.url().replace(/#.*/, ""), response.body());
  };
  page.on("response", took);
  await page.goto(address, { waitUntil: "commit" });
  const asked = await page.evaluate(async (wanted) => {
    while (document.querySelector(wanted) === null) await new Promise(requestAnimationFrame);
    return [
      location.href.replace(/#.*/, ""),
      ...performance.getEntriesByType("resource").map(({ name }) => name),
    ];
  }, selector);
  await page.waitForLoadState();
  page.off("response", took);
  const needed = await Promise.all(asked.flatMap((url) => bodies.get(url) ?? []));
  return needed.reduce((sum, body) => sum + gzipSync(body).length, 0);
}
