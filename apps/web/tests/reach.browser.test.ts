/** What arrives although network, page or server failed on the way. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, devicesOf, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";

inBrowser("messages arrive once", (browser) => {
  let server: AppServer;
  let ada: Person;
  let bob: Friend;
  const heard = (text: string) => bob.messages.filter((message) => message.text === text).length;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    ada = await Person.arrive(browser(), server.url);
    await ada.register("ada", "Ada");
    await ada.chatWith("bob", "Bob Ross");
    await ada.says("hello");
    await bob.hears("hello");
    await ada.workerReady();
  });
  afterAll(async () => {
    await ada?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  test("what was written offline survives a reload without network, and is sent once", async () => {
    await ada.context.setOffline(true);
    await ada.page.getByText(ada.t.link.offline).first().waitFor();
    await ada.says("written offline");
    await ada.sees("written offline", "queued");
    // The page itself comes from what the browser keeps.
    await ada.page.reload();
    await ada.row("Bob Ross").waitFor();
    await ada.reads("hello");
    await ada.sees("written offline", "queued");
    expect(heard("written offline")).toBe(0);
    await ada.context.setOffline(false);
    await bob.hears("written offline");
    await ada.sees("written offline", "delivered");
    await ada.says("and back");
    await bob.hears("and back");
    expect(heard("written offline")).toBe(1);
    expect(await ada.message("written offline").count()).toBe(1);
  });

  test("a server that is killed and comes back loses nothing and shows nothing twice", async () => {
    const chat = bob.client.direct("ada");
    await chat.send("before the crash");
    await ada.reads("before the crash");
    await server.kill();
    await ada.page
      .getByText(ada.t.link.connecting)
      .or(ada.page.getByText(ada.t.link.offline))
      .first()
      .waitFor();
    await ada.says("into the void");
    await ada.sees("into the void", "queued");
    const sent = chat.send("bob, too");
    await server.start();
    await sent;
    await bob.hears("into the void");
    await ada.reads("bob, too");
    await ada.sees("into the void", "delivered");
    await ada.says("again");
    await bob.hears("again");
    expect(heard("into the void")).toBe(1);
    for (const text of ["before the crash", "into the void", "bob, too"])
      expect(await ada.message(text).count()).toBe(1);
  });

  test("a device that was away gets what it missed, in order", async () => {
    const chat = bob.client.direct("ada");
    const missed = Array.from({ length: 30 }, (_, at) => `missed ${at + 1}.`);
    await ada.page.goto("about:blank");
    for (const text of missed) await chat.send(text);
    await ada.page.goto(`${server.url}/#/c/${chat.id}`);
    await ada.page
      .getByRole("article")
      .filter({ hasText: /missed \d+\./ })
      .first()
      .waitFor();
    await ada.toNewest();
    await ada.reads("missed 30.");
    const shown = await ada.page
      .getByRole("article")
      .filter({ hasText: /missed \d+\./ })
      .allInnerTexts();
    const numbers = shown.map((text) => Number(/missed (\d+)/.exec(text)?.[1]));
    expect(numbers).toEqual(
      missed.slice(-numbers.length).map((_, at) => 30 - numbers.length + at + 1),
    );
    await ada.page.waitForFunction(() => !/\(\d+\)/.test(document.title));
  });

  test("nothing went wrong in the page", () => {
    expect(ada.troubles).toEqual([]);
  });
});

inBrowser("several tabs", (browser) => {
  let server: AppServer;
  let ada: Person;
  let bob: Friend;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    ada = await Person.arrive(browser(), server.url);
    await ada.register("ada", "Ada");
    await ada.chatWith("bob", "Bob Ross");
    await ada.says("from the first tab");
  });
  afterAll(async () => {
    await ada?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  test("share one device, show the same, and send once each", async () => {
    const other = await ada.tab();
    await other.settled();
    await other.open("Bob Ross");
    await other.reads("from the first tab");
    await other.says("from the second tab");
    await ada.reads("from the second tab");
    await bob.client.direct("ada").send("to both");
    await Promise.all([ada.reads("to both"), other.reads("to both")]);
    expect(await devicesOf(server.url, "ada")).toBe(1);
    for (const text of ["from the first tab", "from the second tab"]) {
      await bob.hears(text);
      expect(bob.messages.filter((message) => message.text === text).length).toBe(1);
    }
    // The tab that held the connection goes: the other one takes over.
    await ada.page.close();
    await other.says("from the one that is left");
    await bob.hears("from the one that is left");
    await other.sees("from the one that is left", "delivered");
    await bob.client.direct("ada").send("still there?");
    await other.reads("still there?");
    expect(other.troubles).toEqual([]);
  });
});
