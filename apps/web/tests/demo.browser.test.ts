/** What a single visitor of `npm start -- --demo` sees. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { Person } from "./kit/person.ts";
import { shoot } from "./kit/screenshots.ts";

inBrowser("the demo", (browser) => {
  let server: AppServer;
  let ada: Person;
  beforeAll(async () => {
    server = await AppServer.start("--demo", "7");
    ada = await Person.arrive(browser(), server.url);
  });
  afterAll(async () => {
    await ada?.leave();
    await server?.stop();
  });

  test("shows groups, typing, presence and receipts within ten seconds of registering", async () => {
    const started = performance.now();
    await ada.register("ada", "Ada");
    await Promise.all(
      ["The Lagoon", "Field notes", "What's new", "Mira"].map((title) => ada.row(title).waitFor()),
    );
    await ada.open("Mira");
    await ada.reads("welcome! I'm Mira");
    await ada.pane("Mira").getByText(ada.t.presence.online).first().waitFor();
    await ada.says("Hello! What happens when I am offline?");
    await ada.sees("What happens when I am offline?", "read");
    await ada.pane("Mira").getByText(ada.t.chat.typing.direct).first().waitFor();
    expect(performance.now() - started).toBeLessThan(10_000);
    await ada.reads("arrives exactly once");
  });

  test("answers in Chinese to Chinese", async () => {
    await ada.says("谢谢！");
    await ada.page
      .getByRole("article")
      .filter({ hasText: /不客气|别客气/ })
      .first()
      .waitFor();
    await shoot(ada.page, "demo-direct");
  });

  test("has weeks of history, and a day of it is one jump away", async () => {
    await ada.open("Field notes · 观鸟笔记");
    await ada.jumpTo(ada.t.chat.jump.newest);
    // As the page's own zone has it, in the form of date fields.
    const tenDaysAgo = await ada.page.evaluate(() =>
      new Date(Date.now() - 10 * 86_400_000).toLocaleDateString("sv-SE"),
    );
    await ada.openJump();
    await ada.page.getByLabel(ada.t.chat.jump.date).fill(tenDaysAgo);
    await ada.page.getByRole("button", { name: ada.t.chat.jump.go, exact: true }).click();
    await ada.page.waitForFunction(
      (day) =>
        [...document.querySelectorAll<HTMLTimeElement>('[role="article"] time')].some(
          ({ dateTime }) => new Date(dateTime).toLocaleDateString("sv-SE") === day,
        ),
      tenDaysAgo,
    );
    await shoot(ada.page, "demo-history");
  });

  test("nothing went wrong in the page", () => {
    expect(ada.troubles).toEqual([]);
  });
});
