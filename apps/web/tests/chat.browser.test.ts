/** Two people in two browsers. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { Person } from "./kit/person.ts";
import { shoot } from "./kit/screenshots.ts";

inBrowser("a conversation of two", (browser) => {
  let server: AppServer;
  let ada: Person;
  let bob: Person;
  beforeAll(async () => {
    server = await AppServer.start();
    [ada, bob] = await Promise.all([
      Person.arrive(browser(), server.url),
      Person.arrive(browser(), server.url),
    ]);
    await Promise.all([ada.register("ada", "Ada Lovelace"), bob.register("bob", "Bob Ross")]);
  });
  afterAll(async () => {
    await Promise.all([ada, bob].map((person) => person?.leave()));
    await server?.stop();
  });

  test("finding somebody, writing, delivery and reading", async () => {
    await ada.chatWith("bob", "Bob Ross");
    await ada.says("Are you painting today?");
    await ada.sees("Are you painting today?", "delivered");
    await bob.row("Ada Lovelace").getByText("1", { exact: true }).waitFor();
    await bob.open("Ada Lovelace");
    await bob.reads("Are you painting today?");
    await ada.sees("Are you painting today?", "read");
    await bob.says("Happy little trees 🌲");
    await ada.reads("Happy little trees");
    await bob.sees("Happy little trees", "read");
  });

  test("typing is seen, and ends", async () => {
    await bob.composer.pressSequentially("A mountain");
    const typing = ada.pane("Bob Ross").getByText(ada.t.chat.typing.direct).first();
    await typing.waitFor();
    await bob.composer.press("Enter");
    await ada.reads("A mountain");
    await typing.waitFor({ state: "hidden" });
  });

  test("a draft stays with its conversation, over a reload", async () => {
    await ada.composer.fill("half a thought");
    await ada.goTo("/");
    const draft = ada.row("Bob Ross").getByText("half a thought");
    await draft.waitFor();
    await ada.keeps("notes", "half a thought");
    await ada.page.reload();
    await draft.waitFor();
    await ada.open("Bob Ross");
    expect(await ada.composer.inputValue()).toBe("half a thought");
    await ada.composer.fill("");
    await ada.reads("A mountain");
  });

  test("a reply quotes what it answers", async () => {
    const question = ada.message("A mountain");
    await question.hover();
    await question.getByRole("button", { name: ada.t.chat.message.reply }).click();
    await ada.says("With snow on it?");
    await bob.message("With snow on it?").filter({ hasText: "A mountain" }).waitFor();
    await shoot(bob.page, "chat-light");
  });

  test("lines, links and odd characters come through as they were written", async () => {
    const text = "first line\nsecond <b>line</b> https://example.org/?a=1&b=2 你好";
    await ada.composer.fill(text);
    await ada.composer.press("Enter");
    await bob.reads("second <b>line</b>");
    const link = bob.message("first line").getByRole("link");
    expect(await link.getAttribute("href")).toBe("https://example.org/?a=1&b=2");
    expect(await link.getAttribute("rel")).toContain("noopener");
  });

  test("a link to a conversation that is not there says so", async () => {
    await bob.goTo("/c/g:0:nosuchgroup000000000");
    await bob.page.getByText(bob.t.chat.unknown.title).waitFor();
  });

  test("nothing went wrong in either page", () => {
    expect([ada.troubles, bob.troubles]).toEqual([[], []]);
  });
});
