/** What arrives although network, page or server failed on the way. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, devicesOf, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";
import { fill } from "./kit/words.ts";

/** A server, ada in front of her page, and bob, to whom she has said hello. */
function stage(browser: () => Browser) {
  let server: AppServer;
  let ada: Person;
  let bob: Friend;
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    ada = await Person.arrive(browser(), server.url);
    await ada.register("ada", "Ada");
    await ada.chatWith("bob", "Bob Ross");
    await ada.says("hello");
    await bob.hears("hello");
  });
  afterAll(async () => {
    await ada?.leave();
    await bob?.client.close();
    await server?.stop();
  });
  return {
    people: () => ({ ada, bob, server }),
    /** How often bob has got this. */
    heard: (text: string) => bob.messages.filter((message) => message.text === text).length,
  };
}

inBrowser("without a network", (browser) => {
  const { heard, ...cast } = stage(browser);

  test("what was written survives a reload, and is sent once", async () => {
    const { ada, bob } = cast.people();
    await ada.keeps("messages", "hello");
    await ada.workerReady();
    await ada.context.setOffline(true);
    await ada.says("written offline");
    await ada.sees("written offline", "queued");
    // The page itself comes from what the browser keeps.
    await ada.page.reload();
    await ada.row("Bob Ross").waitFor();
    await ada.page.getByText(fill(ada.t.link.offlineQueued_one, { count: 1 })).waitFor();
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
    expect(ada.troubles).toEqual([]);
  });
});

inBrowser("a server that is killed", (browser) => {
  const { heard, ...cast } = stage(browser);

  test("loses nothing when it comes back, and nothing is shown twice", async () => {
    const { ada, bob, server } = cast.people();
    const chat = bob.client.direct("ada");
    await chat.send("before the crash");
    await ada.reads("before the crash");
    await server.kill();
    await ada.page.getByText(ada.t.link.offline).waitFor();
    await ada.says("into the void");
    await ada.sees("into the void", "queued");
    const sent = chat.send("bob, too");
    await server.start();
    await sent;
    await bob.hears("into the void");
    await ada.reads("bob, too");
    await ada.sees("into the void", "delivered");
    await ada.page.getByText(ada.t.link.offline).waitFor({ state: "hidden" });
    await ada.says("again");
    await bob.hears("again");
    expect(heard("into the void")).toBe(1);
    for (const text of ["before the crash", "into the void", "bob, too"])
      expect(await ada.message(text).count()).toBe(1);
  });

  test("what was missed while away is there afterwards, in order", async () => {
    const { ada, bob, server } = cast.people();
    const chat = bob.client.direct("ada");
    const missed = Array.from({ length: 30 }, (_, at) => at + 1);
    await ada.page.goto("about:blank");
    for (const number of missed) await chat.send(`missed ${number}.`);
    await ada.page.goto(`${server.url}/#/c/${chat.id}`);
    await ada.page.getByRole("article").filter({ hasText: "missed" }).first().waitFor();
    await ada.jumpTo(ada.t.chat.jump.newest);
    await ada.reads("missed 30.");
    const rows = ada.page.getByRole("article").filter({ hasText: /missed \d+\./ });
    const shown = (await rows.allInnerTexts()).map((text) =>
      Number(/missed (\d+)/.exec(text)?.[1]),
    );
    expect(shown).toEqual(missed.slice(-shown.length));
    expect(ada.troubles).toEqual([]);
  });
});

inBrowser("several tabs", (browser) => {
  const { heard, ...cast } = stage(browser);

  test("share one device, show the same, and send once each", async () => {
    const { ada, bob, server } = cast.people();
    await ada.says("from the first tab");
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
      expect(heard(text)).toBe(1);
    }
    // The tab that held the connection goes: the other one takes over.
    await ada.page.close();
    await other.says("from the one that is left");
    await bob.hears("from the one that is left");
    await other.sees("from the one that is left", "delivered");
    await bob.client.direct("ada").send("still there?");
    await other.reads("still there?");
    expect(heard("from the one that is left")).toBe(1);
    expect(other.troubles).toEqual([]);
  });
});
