/** Mentions while they are written and read, and the name that others see. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { violations } from "./kit/axe.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";

inBrowser("a mention", (browser) => {
  let server: AppServer;
  let ada: Person;
  let lin: Person;
  let bob: Friend;
  const options = (person: Person) =>
    person.page.getByRole("listbox", { name: person.t.chat.mention.label }).getByRole("option");
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    await befriend(server.url, "bea", "Beatrice").then(({ client }) => client.close());
    ada = await Person.arrive(browser(), server.url);
    await ada.register("ada", "Ada");
    lin = await Person.arrive(browser(), server.url, { language: "zh", theme: "dark" });
    await lin.register("lin", "林黛玉");
    await bob.client.createGroup({ title: "Painters", members: ["ada", "bea", "lin"] });
    await ada.open("Painters");
    await lin.row("Painters").waitFor();
  });
  afterAll(async () => {
    await ada?.leave();
    await lin?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  test("is offered by @, chosen by keys, sent with its user, and shown by the name", async () => {
    await ada.composer.click();
    await ada.page.keyboard.type("look @b");
    await options(ada).first().waitFor();
    expect(await options(ada).allInnerTexts()).toEqual(["B\nBeatrice\n@bea", "BR\nBob Ross\n@bob"]);
    expect(await violations(ada.page)).toEqual([]);
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.keyboard.press("Enter");
    expect(await ada.composer.inputValue()).toBe("look @bob ");
    await options(ada).first().waitFor({ state: "hidden" });
    await ada.page.keyboard.type("now");
    await ada.page.keyboard.press("Enter");
    expect((await bob.hears("look @bob now")).mentions).toEqual(["bob"]);
    await ada.reads("look @Bob Ross now");
    expect(await violations(ada.page)).toEqual([]);
    expect(ada.troubles).toEqual([]);
  });

  test("is left by Escape, and Tab chooses, too", async () => {
    await ada.composer.click();
    await ada.page.keyboard.type("@be");
    await options(ada).first().waitFor();
    await ada.page.keyboard.press("Escape");
    await options(ada).first().waitFor({ state: "hidden" });
    await ada.page.keyboard.type("a");
    expect(await options(ada).count()).toBe(0);
    await ada.composer.fill("");
    await ada.page.keyboard.type("@林");
    await options(ada).filter({ hasText: "林黛玉" }).waitFor();
    await ada.page.keyboard.press("Tab");
    expect(await ada.composer.inputValue()).toBe("@lin ");
    await ada.page.keyboard.type("好");
    await ada.page.keyboard.press("Enter");
    await lin.row("Painters").getByText("@lin 好").waitFor();
    await lin
      .row("Painters")
      .getByText(lin.t.list.mentions_other.replace("{{count}}", "1"))
      .waitFor();
  });

  test("begins with the full-width sign, too, and goes to everyone where the writer may", async () => {
    await lin.open("Painters");
    await lin.composer.click();
    await lin.page.keyboard.insertText("你好＠b");
    await options(lin).first().waitFor();
    expect(await options(lin).count()).toBe(2);
    await options(lin).filter({ hasText: "Bob Ross" }).click();
    await lin.page.keyboard.press("Enter");
    expect((await bob.hears("你好@bob")).mentions).toEqual(["bob"]);
    await lin.reads("你好@Bob Ross");
    expect(await violations(lin.page)).toEqual([]);
    await lin.new(lin.t.list.newGroup);
    const dialog = lin.dialog(lin.t.create.groupTitle);
    await dialog.getByRole("textbox", { name: lin.t.create.name }).fill("诗社");
    await dialog.getByRole("searchbox", { name: lin.t.people.find }).fill("bob");
    await dialog
      .getByRole("button", { name: /Bob Ross/ })
      .first()
      .click();
    await dialog.getByRole("button", { name: lin.t.create.create, exact: true }).click();
    await lin.pane("诗社").waitFor();
    await lin.composer.click();
    await lin.page.keyboard.insertText("@所");
    await options(lin).filter({ hasText: lin.t.chat.mention.everyone }).waitFor();
    await lin.page.keyboard.press("Enter");
    await lin.page.keyboard.insertText("开会");
    await lin.page.keyboard.press("Enter");
    expect((await bob.hears("@所有人 开会")).mentions).toEqual(["*"]);
    expect(lin.troubles).toEqual([]);
  });

  test("shows another name once its user takes one", async () => {
    await ada.goTo("/settings");
    await ada.page.getByRole("button", { name: ada.t.settings.changeName }).click();
    const dialog = ada.dialog(ada.t.settings.nameTitle);
    const field = dialog.getByRole("textbox", { name: ada.t.start.name });
    await field.fill("  ");
    await dialog.getByRole("button", { name: ada.t.action.save }).click();
    await dialog.getByText(ada.t.create.nameMissing).waitFor();
    await field.fill("Ada Lovelace");
    await dialog.getByRole("button", { name: ada.t.action.save }).click();
    await ada.page.getByRole("main").getByText("Ada Lovelace").first().waitFor();
    expect(await bob.client.users({ ids: ["ada"] })).toEqual([
      { user: "ada", name: "Ada Lovelace" },
    ]);
    // Who has the conversation with her in sight is told at once.
    await ada.chatWith("lin", "林黛玉");
    await ada.says("hello");
    await lin.open("Ada Lovelace");
    await ada.goTo("/settings");
    await ada.page.getByRole("button", { name: ada.t.settings.changeName }).click();
    await field.fill("Countess Lovelace");
    await dialog.getByRole("button", { name: ada.t.action.save }).click();
    await lin.pane("Countess Lovelace").waitFor();
    await lin.row("Countess Lovelace").waitFor();
  });
});
