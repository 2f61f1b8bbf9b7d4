/** Languages, themes, widths, the keyboard alone, and what assistive technology is told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Group } from "@godwit/client";
import { AppServer } from "./kit/app-server.ts";
import { violations } from "./kit/axe.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, type Friend } from "./kit/friend.ts";
import { Person, type PersonOptions } from "./kit/person.ts";
import { shoot } from "./kit/screenshots.ts";

const looks: readonly (readonly [string, PersonOptions])[] = [
  ["light-en-1280", { language: "en", theme: "light", viewport: { width: 1_280, height: 800 } }],
  ["dark-zh-1280", { language: "zh", theme: "dark", viewport: { width: 1_280, height: 800 } }],
  ["light-zh-360", { language: "zh", theme: "light", viewport: { width: 360, height: 720 } }],
  ["dark-en-360", { language: "en", theme: "dark", viewport: { width: 360, height: 720 } }],
  ["light-en-1920", { language: "en", theme: "light", viewport: { width: 1_920, height: 1_080 } }],
];

inBrowser("how it looks", (browser) => {
  let server: AppServer;
  let bob: Friend;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
  });
  afterAll(async () => {
    await bob?.client.close();
    await server?.stop();
  });

  describe.each(looks)("%s", (name, options) => {
    let person: Person;
    let group: Group;
    const user = name.replaceAll("-", "");
    const wide = (options.viewport?.width ?? 0) > 700;
    beforeAll(async () => {
      person = await Person.arrive(browser(), server.url, options);
    });
    afterAll(() => person?.leave());

    /** Pictures and axe for one screen; nothing may be wider than the window. */
    async function inspect(screen: string, { page } = person): Promise<void> {
      await shoot(page, `${screen}-${name}`);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(`${screen}: ${overflow} px too wide`).toBe(`${screen}: 0 px too wide`);
      expect(await violations(page)).toEqual([]);
    }

    test("start page, in the visitor's language and theme", async () => {
      await person.page.getByText(person.t.app.tagline).waitFor();
      await inspect("start");
      const theme = await person.page.evaluate(() => document.documentElement.dataset["theme"]);
      expect(theme).toBe(options.theme ?? "light");
      const language = await person.page.evaluate(() => document.documentElement.lang);
      expect(language.startsWith(options.language ?? "en")).toBe(true);
    });

    test("start page of somebody who is invited to what has a long name", async () => {
      const title = "Painters of the happy little trees beside the lake 湖边的快乐小树画室";
      const { token } = await (await bob.client.createGroup({ title })).inviteLink();
      const guest = await Person.arrive(browser(), `${server.url}/#/i/${token}`, options);
      await guest.page.getByText(title).waitFor();
      await inspect("invited", guest);
      await guest.leave();
    });

    test("the empty list", async () => {
      await person.register(user, "Ada 艾达");
      await person.page.getByText(person.t.list.emptyTitle).waitFor();
      await inspect("empty");
    });

    test("list and conversation", async () => {
      group = await bob.client.createGroup({ title: "Painters 画室", members: [user] });
      await group.send("Who has the titanium white?");
      await group.send({
        text: "Found it, it was on the easel 🎨 https://example.org/paints",
        replyTo: 2,
      });
      await bob.client.direct(user).send("你好，今天画什么？");
      await person.row("Painters 画室").waitFor();
      await person.row("Bob Ross").waitFor();
      await inspect("list");
      await person.open("Painters 画室");
      await person.reads("Found it");
      await person.says("谢谢 — thank you!");
      await person.sees("thank you!", "delivered");
      await inspect("chat");
    });

    test("the tools beside the widest bubbles are in the window", async () => {
      const { page, t } = person;
      const wide = "This bubble is as wide as bubbles are. ".repeat(6).trim();
      await group.send(wide);
      await person.reads(wide);
      await person.says(`Mine: ${wide}`);
      await person.sees(`Mine: ${wide}`, "delivered");
      for (const row of [person.message(wide).first(), person.message(`Mine: ${wide}`)]) {
        await row.hover();
        const tools = await row.getByRole("button", { name: t.chat.message.actions }).boundingBox();
        expect(tools?.x).toBeGreaterThanOrEqual(0);
        expect((tools?.x ?? 0) + (tools?.width ?? 0)).toBeLessThanOrEqual(
          page.viewportSize()?.width ?? 0,
        );
      }
    });

    test("details, dialogs and settings", async () => {
      const { t } = person;
      await person.details();
      await person.page.getByText("Bob Ross").last().waitFor();
      await inspect("details");
      await person.page.goto(`${server.url}/#/settings`);
      await person.page.getByRole("heading", { name: t.settings.devices }).waitFor();
      await inspect("settings");
      await person.page.goto(`${server.url}/#/`);
      await person.new(t.list.newGroup);
      await person.dialog(t.create.groupTitle).waitFor();
      await inspect("new-group");
      await person.page.keyboard.press("Escape");
      await person.page.getByRole("button", { name: t.list.myLink }).first().click();
      await person.dialog(t.myLink.title).getByRole("img").waitFor();
      await inspect("my-link");
      await person.page.keyboard.press("Escape");
      await person.dialog(t.myLink.title).waitFor({ state: "hidden" });
    });

    test("one pane when narrow, two when wide", async () => {
      await person.page.goto(`${server.url}/#/`);
      await person.open("Painters 画室");
      expect(await person.row("Bob Ross").isVisible()).toBe(wide);
      if (!wide) {
        await person.page
          .getByRole("link", { name: person.t.chat.back })
          .or(person.page.getByRole("button", { name: person.t.chat.back }))
          .first()
          .click();
        await person.row("Bob Ross").waitFor();
      }
    });

    test("nothing went wrong in the page", () => {
      expect(person.troubles).toEqual([]);
    });
  });

  test("language and theme can be changed, and stay changed", async () => {
    const person = await Person.arrive(browser(), server.url);
    const { page } = person;
    await page.getByRole("button", { name: person.t.settings.language }).click();
    await page.getByRole("menuitemradio", { name: "简体中文" }).click();
    const chinese = person.in(page, "zh");
    await page.getByText(chinese.t.app.tagline).waitFor();
    await page.getByRole("button", { name: chinese.t.settings.theme }).click();
    await page.getByRole("menuitemradio", { name: chinese.t.settings.themeDark }).click();
    await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
    await page.reload();
    await page.getByText(chinese.t.app.tagline).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
    await person.leave();
  });
});

inBrowser("the keyboard alone", (browser) => {
  let server: AppServer;
  let bob: Friend;
  let ada: Person;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    ada = await Person.arrive(browser(), server.url);
  });
  afterAll(async () => {
    await ada?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  /** Presses Tab until this has the focus. */
  async function tabTo(what: string, has: (name: string, role: string) => boolean): Promise<void> {
    for (let presses = 0; presses < 40; presses++) {
      await ada.page.keyboard.press("Tab");
      const { name, role } = await ada.page.evaluate(() => {
        const at = document.activeElement;
        const label = at?.getAttribute("aria-label") ?? at?.textContent ?? "";
        const labelled =
          at instanceof HTMLInputElement ? (at.labels?.[0]?.textContent ?? label) : label;
        return {
          name: labelled,
          role: at?.getAttribute("role") ?? at?.tagName.toLowerCase() ?? "",
        };
      });
      if (has(name, role)) return;
    }
    throw new Error(`Tab does not lead to ${what}.`);
  }

  test("registers, finds somebody, writes, answers, and goes back", async () => {
    const { t, page } = ada;
    await page.getByRole("textbox", { name: t.start.user }).waitFor();
    await tabTo("the user name", (name) => name.startsWith(t.start.user));
    await page.keyboard.type("ada");
    await tabTo("the name", (name) => name.startsWith(t.start.name));
    await page.keyboard.type("Ada");
    await tabTo("the password", (name) => name.startsWith(t.start.password));
    await page.keyboard.type("correct horse battery staple");
    await page.keyboard.press("Enter");
    await ada.settled();

    await page.keyboard.press("Control+k");
    await page.keyboard.type("bob");
    await page
      .getByRole("link", { name: /Bob Ross/ })
      .or(page.getByRole("button", { name: /Bob Ross/ }))
      .first()
      .waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await ada.pane("Bob Ross").waitFor();
    await ada.focusIn(ada.composer);
    await page.keyboard.type("by keys");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("in two lines");
    await page.keyboard.press("Enter");
    const sent = await bob.hears("by keys\nin two lines");
    expect(sent.sender).toBe("ada");

    await bob.client.direct("ada").send("I see");
    await ada.reads("I see");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await ada.dialog(t.shortcuts.title).waitFor();
    await page.keyboard.press("Escape");
    await ada.dialog(t.shortcuts.title).waitFor({ state: "hidden" });
    expect(ada.troubles).toEqual([]);
  });
});
