/**
 * Measures the built web client in Chromium, by hand: `bun apps/web/tests/measure.ts [size] [start] [flood] [scroll]`, all of them without a name.
 * Server, browser and senders share the machine. Prints a line for each figure.
 */
import type { Browser } from "playwright-core";
import { AppServer } from "./kit/app-server.ts";
import { launch } from "./kit/chromium.ts";
import { befriend, sayMany, type Friend } from "./kit/friend.ts";
import { Person } from "./kit/person.ts";
import { smoothness, tell } from "./measure/frames.ts";
import { say } from "./measure/say.ts";
import { sizes } from "./measure/sizes.ts";
import { fetchedUntil, keepHello, messages, shownMs, startPage } from "./measure/start.ts";

const longTalkMessages = 100_000;
const floodPerSecond = 1_000;
const floodSeconds = 15;
const kb = (bytes: number) => `${(bytes / 1_000).toFixed(1)} KB`;
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function measureSize(): void {
  const { initial, files, all } = sizes();
  for (const [file, bytes] of files) say(`size: ${kb(bytes)} ${file}`);
  say(`size: ${kb(initial)} gzipped for the initial load; ${kb(all)} all scripts and styles`);
}

/** From the navigation until the page shows what it is for and has drawn it: then it takes input. */
async function measureStart(browser: Browser): Promise<void> {
  const server = await AppServer.start();
  const bob = await befriend(server.url, "bob", "Bob Ross");
  const first: number[] = [];
  for (let run = 0; run < 5; run++) {
    const person = await Person.arrive(browser, server.url);
    first.push(await shownMs(person.page, startPage));
    await person.leave();
  }
  const person = await Person.arrive(browser, server.url, { blank: true });
  const start = await fetchedUntil(person, startPage);
  say(`start: ${kb(start)} gzipped fetched until the start page is there`);
  await keepHello(person, bob);
  const toMessages = await fetchedUntil(person, messages);
  say(
    `start: ${kb(toMessages)} gzipped fetched until the kept messages of a conversation are there`,
  );
  const toConnected = await fetchedUntil(person, "header .bg-online");
  say(`start: ${kb(toConnected)} gzipped fetched until it is connected, too`);
  await person.leave();
  say(
    `start: ${median(first).toFixed(0)} ms to the start page, nothing cached (${first.map(Math.round).join(", ")})`,
  );
  const ada = await Person.arrive(browser, server.url);
  await ada.register("ada", "Ada");
  await bob.client.direct("ada").send("hello");
  await ada.open("Bob Ross");
  await ada.reads("hello");
  await ada.workerReady();
  const messagesMs: number[] = [];
  for (let run = 0; run < 5; run++) {
    await ada.page.reload({ waitUntil: "commit" });
    messagesMs.push(await shownMs(ada.page, messages));
  }
  say(
    `start: ${median(messagesMs).toFixed(0)} ms to the messages of the open conversation, signed in (${messagesMs.map(Math.round).join(", ")})`,
  );
  await ada.leave();
  await bob.client.close();
  await server.stop();
}

/** A group of ada, who looks at it, and bob, who fills it. */
async function longTalk(browser: Browser, messages: number) {
  const server = await AppServer.start();
  const bob = await befriend(server.url, "bob", "Bob Ross");
  const ada = await Person.arrive(browser, server.url);
  await ada.register("ada", "Ada");
  const group = await bob.client.createGroup({ title: "Long talk", members: ["ada"] });
  const startedMs = performance.now();
  await sayMany(bob, group.id, messages, (number) => sentence(number));
  say(`(${messages} messages sent in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
  await ada.open("Long talk");
  const end = async () => {
    await ada.leave();
    await bob.client.close();
    await server.stop();
  };
  return { ada, bob, group, end };
}

/** Lines of different length, as people write them. */
const sentence = (number: number) =>
  `line ${number}. ${"The tide comes in and the birds move up the beach. ".repeat((number * 7) % 5)}`;

async function measureFlood(browser: Browser): Promise<void> {
  const { ada, bob, group, end } = await longTalk(browser, 1_000);
  await ada.jumpTo(ada.t.chat.jump.newest);
  await ada.composer.click();
  const typing = async () => {
    for (let letters = 0; letters < floodSeconds * 8; letters++) {
      await ada.page.keyboard.type("a");
      await ada.page.waitForTimeout(100);
    }
  };
  tell(
    "idle, typing",
    await smoothness(ada.page, async () => {
      for (let letters = 0; letters < 30; letters++) {
        await ada.page.keyboard.type("b");
        await ada.page.waitForTimeout(100);
      }
    }),
  );
  const sending = { sent: 0 };
  const found = await smoothness(ada.page, async () => {
    await Promise.all([typing(), pour(bob, group.id, sending)]);
  });
  tell(`flood of ${(sending.sent / found.seconds).toFixed(0)} messages/s`, found);
  const last = `flood ${sending.sent}.`;
  const startedMs = performance.now();
  await ada.toNewest();
  await ada.reads(last);
  say(
    `flood: the last message was drawn ${(performance.now() - startedMs).toFixed(0)} ms after the end`,
  );
  await end();
}

/** Sends at a fixed rate, whatever becomes of the earlier ones. */
async function pour(bob: Friend, conversation: string, count: { sent: number }): Promise<void> {
  const chat = bob.client.conversation(conversation);
  const startedMs = performance.now();
  const under: Promise<unknown>[] = [];
  while (performance.now() - startedMs < floodSeconds * 1_000) {
    const due = ((performance.now() - startedMs) / 1_000) * floodPerSecond;
    while (count.sent < due) under.push(chat.send(`flood ${++count.sent}.`));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(under);
}

async function measureScroll(browser: Browser): Promise<void> {
  const { ada, end } = await longTalk(browser, longTalkMessages);
  const { page } = ada;
  await ada.jumpTo(ada.t.chat.jump.newest);
  await ada.reads(`line ${longTalkMessages}.`);
  await ada.page.getByRole("article").last().hover();
  const turn = (deltaY: number, times: number) => async () => {
    for (let turns = 0; turns < times; turns++) {
      await page.mouse.wheel(0, deltaY);
      await page.waitForTimeout(16);
    }
  };
  tell("scroll up, slowly", await smoothness(page, turn(-120, 300)));
  tell("scroll up, fast", await smoothness(page, turn(-1_200, 300)));
  tell("scroll down, fast", await smoothness(page, turn(1_200, 300)));
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  const heap = await page.evaluate(
    () =>
      (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ??
      0,
  );
  const startedMs = performance.now();
  await ada.jumpTo(ada.t.chat.jump.first);
  await ada.message("line 1.").first().waitFor();
  say(
    `scroll: first of ${longTalkMessages} messages ${(performance.now() - startedMs).toFixed(0)} ms after the wish; ${nodes} elements, ${(heap / 1e6).toFixed(0)} MB of heap`,
  );
  await end();
}

const wanted = process.argv.slice(2);
const wants = (name: string) => wanted.length === 0 || wanted.includes(name);
if (wants("size")) measureSize();
if (wants("start") || wants("flood") || wants("scroll")) {
  const browser = await launch();
  if (wants("start")) await measureStart(browser);
  if (wants("flood")) await measureFlood(browser);
  if (wants("scroll")) await measureScroll(browser);
  await browser.close();
}
