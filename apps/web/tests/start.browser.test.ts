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
  let lin: Person;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    eve = await Person.arrive(browser(), server.url, { blank: true });
    lin = await Person.arrive(browser(), server.url, { blank: true, language: "zh" });
  });
  afterAll(async () => {
    await eve?.leave();
    await lin?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  test.each(["en", "zh"] as const)(
    "is small in %p: for a visitor, and until somebody who is signed in sees the messages",
    async (language) => {
      const [person, user] = language === "en" ? [eve, "eve"] : [lin, "lin"];
      expect(await fetchedUntil(person, startPage)).toBeLessThan(bytesMax - 30_000);
      await keepHello(person, bob, user);
      expect(await fetchedUntil(person, messages)).toBeLessThan(bytesMax);
      expect(person.troubles).toEqual([]);
    },
  );

  test("fetches the texts of one language only", async () => {
    const textsOf = async ({ page }: Person) => {
      const names = await page.evaluate(() =>
        performance.getEntriesByType("resource").map(({ name }) => name),
      );
      return names.flatMap((name) => /\/assets\/(en|zh)-/.exec(name)?.[1] ?? []);
    };
    expect([await textsOf(eve), await textsOf(lin)]).toEqual([["en"], ["zh"]]);
  });

  test("without the texts of its language a page speaks the other one, and without any it waits for them", async () => {
    const ming = await Person.arrive(browser(), server.url, {
      language: "zh",
      blank: true,
      more: { serviceWorkers: "block" },
    });
    const { page } = ming;
    await page.route(/assets\/zh-/, (route) => route.abort());
    await page.goto(server.url);
    await page.getByRole("textbox", { name: eve.t.start.user }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
    await page.route(/assets\/en-/, (route) => route.abort());
    const refused = page.waitForEvent("requestfailed", (request) => /\/en-/.test(request.url()));
    await page.reload();
    await refused;
    await page.unrouteAll();
    await page.getByRole("textbox", { name: ming.t.start.user }).waitFor();
    await ming.leave();
  });

  test("who signs out before the SDK is here does not wait for it, and is signed out on the server", async () => {
    const gil = await Person.arrive(browser(), server.url, { more: { serviceWorkers: "block" } });
    const { page, t } = gil;
    await gil.register("gil", "Gil");
    const { token } = JSON.parse(
      (await page.evaluate(() => localStorage.getItem("godwit.account"))) ?? "{}",
    ) as { token: string };
    const access = async () => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      const asked = { method: "POST", headers, body: "{}" };
      return (await fetch(`${server.url}/api/commands/devices`, asked)).status;
    };
    expect(await access()).toBe(200);
    // It is never answered.
    await page.route(/assets\/sdk-/, () => {});
    await page.reload();
    await gil.goTo("/settings");
    await page.getByRole("button", { name: t.settings.signOut, exact: true }).click();
    const sure = page.getByRole("alertdialog", { name: t.settings.signOutTitle });
    await sure.getByRole("button", { name: t.settings.signOut, exact: true }).click();
    await page.getByRole("textbox", { name: t.start.user }).waitFor({ timeout: 3_000 });
    expect(await page.getByText(t.start.notice.elsewhere).count()).toBe(0);
    expect(await access()).toBe(401);
    await gil.leave();
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

  test("a page begins without a network in Chinese, too", async () => {
    const { page, t } = lin;
    await page.reload();
    await lin.workerReady();
    await lin.context.setOffline(true);
    await page.reload();
    await lin.row("Bob Ross").waitFor();
    await lin.new(t.list.newGroup);
    await lin.dialog(t.create.groupTitle).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
  });
});
