/** A conversation of thousands of messages: scrolled, jumped through, and read from where one stopped. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { befriend, sayMany, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";

const count = 3_000;
const title = "Long talk";

inBrowser("a long conversation", (browser) => {
  let server: AppServer;
  let bob: Friend;
  let ada: Person;
  let conversation = "";
  beforeAll(async () => {
    server = await AppServer.start();
    bob = await befriend(server.url, "bob", "Bob Ross");
    ada = await Person.arrive(browser(), server.url);
    await ada.register("ada", "Ada");
    const group = await bob.client.createGroup({ title, members: ["ada"] });
    conversation = group.id;
    // Number n has the seq n + 1: the first entry says that the group was made.
    await sayMany(bob, group.id, count, (number) => `line ${number}.`);
  });
  afterAll(async () => {
    await ada?.leave();
    await bob?.client.close();
    await server?.stop();
  });

  /** The numbers of the lines that are drawn, from top to bottom. */
  const lines = () =>
    ada.page.evaluate(async () => {
      // What was painted, not what is being put in place.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      return [...document.querySelectorAll('[role="article"]')]
        .map((row) => ({
          top: row.getBoundingClientRect().top,
          number: Number(/line (\d+)\./.exec(row.textContent)?.[1]),
        }))
        .filter(({ number }) => Number.isFinite(number))
        .sort((a, b) => a.top - b.top)
        .map(({ number }) => number);
    });
  const dense = (numbers: readonly number[]) =>
    numbers.every((number, at) => at === 0 || number === (numbers[at - 1] ?? 0) + 1);

  test("opens at the first unread message", async () => {
    const badge = ada.row(title);
    await badge.waitFor();
    await ada.open(title);
    await ada.page.getByText(ada.t.chat.list.unread).first().waitFor();
    await ada.message("line 1.").first().waitFor();
    const shown = await lines();
    expect(shown[0]).toBeLessThan(5);
    expect(dense(shown)).toBe(true);
  });

  test("goes to the newest, and is read then", async () => {
    await ada.jumpTo(ada.t.chat.jump.newest);
    await ada.reads(`line ${count}.`);
    await ada.page.waitForFunction(() => !document.title.includes("("));
    const { unread } = await bobSeesRead();
    expect(unread).toBe(0);
  });

  /** The server's word for how much ada has not read. */
  async function bobSeesRead(): Promise<{ unread: number }> {
    const chat = bob.client.conversation(conversation);
    for (;;) {
      const { total } = await chat.receipts(count + 1, "read");
      if (total > 0) return { unread: 0 };
      await ada.page.waitForTimeout(50);
    }
  }

  test("older messages come as one scrolls up, without a gap and without a repetition", async () => {
    const seen = new Set(await lines());
    const list = ada.page.getByRole("article").last();
    await list.hover();
    let oldest = Number.POSITIVE_INFINITY;
    while (oldest > count - 700) {
      await ada.page.mouse.wheel(0, -500);
      await ada.page.waitForFunction(
        (before) =>
          [...document.querySelectorAll('[role="article"]')].some((row) => {
            const number = Number(/line (\d+)\./.exec(row.textContent)?.[1]);
            return number < before;
          }),
        Math.min(oldest, count),
      );
      const shown = await lines();
      expect(shown).toEqual(shown.map((_, at) => (shown[0] ?? 0) + at));
      for (const number of shown) seen.add(number);
      oldest = Math.min(oldest, ...shown);
    }
    for (let number = oldest; number <= count; number++)
      if (!seen.has(number)) throw new Error(`line ${number} was never drawn.`);
  });

  test("jumps to its beginning and back to the end", async () => {
    await ada.jumpTo(ada.t.chat.jump.first);
    await ada.message("line 1.").first().waitFor();
    expect(dense(await lines())).toBe(true);
    await ada.jumpTo(ada.t.chat.jump.newest);
    await ada.reads(`line ${count}.`);
  });

  test("jumps to a day", async () => {
    await ada.jumpTo(ada.t.chat.jump.first);
    await ada.message("line 1.").first().waitFor();
    await ada.openJump();
    const today = await ada.page.evaluate(() => {
      const now = new Date();
      const two = (value: number) => String(value).padStart(2, "0");
      return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    });
    await ada.page.getByLabel(ada.t.chat.jump.date).fill(today);
    await ada.page.getByRole("button", { name: ada.t.chat.jump.go, exact: true }).click();
    await ada.message("line 1.").first().waitFor();
  });

  test("does not move what is read when something new comes, and counts it", async () => {
    await ada.jumpTo(ada.t.chat.jump.first);
    await ada.message("line 1.").first().waitFor();
    const before = await lines();
    await bob.client.conversation(conversation).send("something new");
    await ada.page
      .getByText(/^1 new message/)
      .first()
      .waitFor();
    expect(await lines()).toEqual(before);
    await ada.page.getByRole("button", { name: "1 new message" }).click();
    await ada.reads("something new");
  });

  test("nothing went wrong in the page", () => {
    expect(ada.troubles).toEqual([]);
  });
});
