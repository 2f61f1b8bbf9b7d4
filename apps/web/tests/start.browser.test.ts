/** How little the page needs to begin, and what happens when a part of it cannot be had. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";
import { fetchedUntil, keepHello, messages, startPage } from "./measure/start.ts";

const bytesMax = 150_000;

inBrowser("the first load", (browser) => {
  let server: AppServer;
  let bob: Friend;
  let eve: Person;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    eve = await Person.arrive(browser(), server.url, { blank: true });
  });
  afterAll(async () => {
    await eve?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  test("is small: for a visitor, and until somebody who is signed in sees the messages", async () => {
    expect(await fetchedUntil(eve, startPage)).toBeLessThan(bytesMax - 30_000);
    await keepHello(eve, bob);
    expect(await fetchedUntil(eve, messages)).toBeLessThan(bytesMax);
    expect(eve.troubles).toEqual([]);
  });

  test("a page whose code cannot be fetched says so, the rest goes on, and it comes when it is tried again", async () => {
    const { page, t } = eve;
    await page.evaluate(async () => {
      for (const worker of await navigator.serviceWorker.getRegistrations())
        await worker.unregister();
    });
    await page.route(/assets\/(settings-page|my-link)-/, (route) => route.abort());
    await page.reload();
    await eve.goTo("/settings");
    await page.getByText(t.app.notLoaded).waitFor();
    await eve.row("Bob Ross").waitFor();
    // Over the page, it is a note.
    await page.getByRole("button", { name: t.list.myLink }).first().click();
    await page.getByText(t.app.notLoadedText).nth(1).waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: t.action.retry }).click();
    await page.getByRole("heading", { name: t.settings.title, exact: true }).waitFor();
    await page.getByRole("button", { name: t.list.myLink }).first().click();
    await eve.dialog(t.myLink.title).waitFor();
  });

  test("a part that was never opened comes without a network, too", async () => {
    const { page, t, troubles } = eve;
    const before = troubles.length;
    await page.reload();
    await eve.workerReady();
    await eve.context.setOffline(true);
    await page.reload();
    await eve.row("Bob Ross").waitFor();
    await eve.new(t.list.newGroup);
    await eve.dialog(t.create.groupTitle).waitFor();
    await page.keyboard.press("Escape");
    await eve.open("Bob Ross");
    await eve.openJump();
    await page.getByRole("button", { name: t.chat.jump.first }).waitFor();
    await eve.context.setOffline(false);
    // React has told of the parts that failed in the test before.
    expect(eve.troubles.length).toBe(before);
  });
});
