/** A group: made in the page, joined by a link, with roles and receipts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";
import { shoot } from "./kit/screenshots.ts";
import { fill } from "./kit/words.ts";

inBrowser("a group", (browser) => {
  let server: AppServer;
  let olga: Person;
  let mary: Friend;
  let link = "";
  /** Opens the list of those who have seen a message. */
  const seenBy = async (text: string) => {
    const { page, t } = olga;
    const message = olga.message(text);
    const dialog = olga.dialog(t.chat.receipts.title);
    await message.hover();
    await message.getByRole("button", { name: t.chat.message.actions }).click();
    // Pressed where it is seen, as people do: the menu must not move under the pointer when the tools that it hangs at go.
    await page.getByRole("menuitem", { name: t.chat.message.receipts }).hover();
    await page.mouse.down();
    await page.mouse.up();
    await dialog.waitFor();
    return dialog;
  };
  beforeAll(async () => {
    server = await AppServer.start();
    mary = await befriend(server.url, "mary", "Mary Shelley");
    olga = await Person.arrive(browser(), server.url);
    await olga.register("olga", "Olga");
  });
  afterAll(async () => {
    await olga?.leave();
    await mary?.client.close();
    await server?.stop();
  });

  test("is made with its first members", async () => {
    const { t } = olga;
    await olga.new(t.list.newGroup);
    const dialog = olga.dialog(t.create.groupTitle);
    await dialog.getByRole("textbox", { name: t.create.name }).fill("Reading circle");
    await dialog.getByRole("searchbox", { name: t.people.find }).fill("mary");
    await dialog
      .getByRole("button", { name: /Mary Shelley/ })
      .first()
      .click();
    await dialog.getByRole("button", { name: t.create.create, exact: true }).click();
    await olga.pane("Reading circle").waitFor();
    await olga.says("Which book first?");
    await mary.hears("Which book first?");
    await olga.sees("Which book first?", "delivered");
  });

  test("tells who has read a message", async () => {
    const question = await mary.hears("Which book first?");
    await mary.client.conversation(question.conversation).read();
    await olga.sees("Which book first?", "read");
    const dialog = await seenBy("Which book first?");
    await dialog.getByText("Mary Shelley").waitFor();
    await olga.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  });

  test("tells who reads a message while it is asked who has", async () => {
    const { t } = olga;
    await olga.says("Or shall we vote?");
    const question = await mary.hears("Or shall we vote?");
    await olga.sees("Or shall we vote?", "delivered");
    const dialog = await seenBy("Or shall we vote?");
    await dialog.getByText(t.chat.receipts.nobodyRead).waitFor();
    await mary.client.conversation(question.conversation).read();
    await dialog.getByText("Mary Shelley").waitFor();
    await olga.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  });

  test("says that it cannot be told who has read a message, and tells it with the next connection", async () => {
    const { t } = olga;
    await server.kill();
    const dialog = await seenBy("Or shall we vote?");
    await dialog.getByText(t.chat.receipts.failed).waitFor();
    await dialog.getByRole("button", { name: t.chat.receipts.retry }).waitFor();
    await server.start();
    await dialog.getByText("Mary Shelley").waitFor();
    expect(await dialog.getByText(t.chat.receipts.failed).count()).toBe(0);
    await olga.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  });

  test("gives out a link", async () => {
    const { t } = olga;
    await olga.details();
    await olga.page.getByRole("button", { name: t.group.inviteLink }).click();
    const dialog = olga.dialog(t.invite.title);
    await dialog.getByRole("button", { name: t.invite.make }).click();
    const field = dialog.getByRole("textbox", { name: t.invite.title });
    link = await field.inputValue();
    expect(link).toContain("/i/");
    await dialog.getByRole("img", { name: link }).waitFor();
    await shoot(olga.page, "invite-link");
    await olga.page.keyboard.press("Escape");
  });

  test("is joined by the link, with a new account on the way", async () => {
    // The address in the link is that of this machine in its network; the tests' server is on this machine only.
    const here = server.url + link.slice(link.indexOf("/#"));
    const nina = await Person.arrive(browser(), here, { language: "zh" });
    const { t } = nina;
    await nina.page.getByText("Reading circle").waitFor();
    await nina.page.getByText(fill(t.invite.from, { name: "Olga" })).waitFor();
    await nina.page.getByText(fill(t.invite.members_other, { count: 2 })).waitFor();
    await shoot(nina.page, "invited");
    await nina.register("nina", "妮娜");
    await nina.page.getByRole("button", { name: t.invite.join, exact: true }).click();
    await nina.pane("Reading circle").waitFor();
    await nina.reads("Which book first?");
    await nina.says("《弗兰肯斯坦》怎么样？");
    await olga.reads("《弗兰肯斯坦》怎么样？");
    await nina.sees("《弗兰肯斯坦》怎么样？", "read");
    expect(nina.troubles).toEqual([]);
    await nina.leave();
  });

  test("has roles that can be changed, and members who leave", async () => {
    const { t } = olga;
    await olga.details();
    const actions = olga.page.getByRole("button", {
      name: fill(t.group.memberMenu, { name: "妮娜" }),
    });
    await actions.click();
    await olga.page.getByRole("menuitem", { name: t.group.makeAdmin }).click();
    const members = olga.page.getByRole("region", { name: t.group.details }).getByRole("listitem");
    await members.filter({ hasText: "妮娜" }).getByText(t.group.role.admin).waitFor();
    await shoot(olga.page, "group-details");
    await mary.client.group((await mary.hears("Which book first?")).conversation).leave();
    await members.filter({ hasText: "Mary Shelley" }).waitFor({ state: "hidden" });
  });

  test("says when a link is void", async () => {
    const eve = await Person.arrive(browser(), `${server.url}/#/i/not-a-link`);
    await eve.page.getByText(eve.t.invite.invalidText).waitFor();
    await eve.register("eve", "Eve");
    await eve.page.getByText(eve.t.invite.invalid).waitFor();
    expect(eve.troubles).toEqual([]);
    await eve.leave();
  });

  test("nothing went wrong in the page", () => {
    expect(olga.troubles).toEqual([]);
  });
});
