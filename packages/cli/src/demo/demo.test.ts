import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, register, type Client, type ReceivedMessage } from "@godwit/client";
import { startServer, type RunningServer } from "@godwit/server";
import { doorsClosed, loadConfig } from "@godwit/server/config";
import { cast, isCast, places } from "./cast.ts";
import { startDemo, type Demo } from "./demo.ts";
import { Dice } from "./dice.ts";
import { isFresh, writeHistory } from "./history.ts";

setDefaultTimeout(30_000);

const settings = (flags: Record<string, unknown>) =>
  loadConfig({
    env: {},
    flags: {
      ...doorsClosed,
      "listen.host": "127.0.0.1",
      "listen.port": 0,
      "listen.drainMs": 100,
      "log.level": "error",
      ...flags,
    },
  });

/** A visitor with everything that reached them. */
interface Visitor {
  readonly client: Client;
  readonly messages: ReceivedMessage[];
  readonly typing: Set<string>;
  /** Settles when it holds, looked at whenever something reaches the visitor. */
  until(holds: () => boolean): Promise<void>;
}

async function visit(url: string, user: string, name: string): Promise<Visitor> {
  const { token } = await register({ url, user, password: "correct horse battery", name });
  const client = connect({ url, token });
  const messages: ReceivedMessage[] = [];
  const typing = new Set<string>();
  const waiting = new Set<{ holds: () => boolean; resolve: () => void }>();
  const look = () => {
    for (const wait of waiting) if (wait.holds()) wait.resolve();
  };
  client.on("message", (message) => {
    messages.push(message);
    look();
  });
  client.on("typing", ({ conversation, user: typist, on }) => {
    if (on) typing.add(`${conversation} ${typist}`);
    look();
  });
  client.on("receipt", look);
  client.on("presence", look);
  await client.ready();
  return {
    client,
    messages,
    typing,
    async until(holds) {
      if (holds()) return;
      await new Promise<void>((resolve) => {
        const wait = { holds, resolve };
        waiting.add(wait);
      });
    },
  };
}

let server: RunningServer;
let demo: Demo;
const warnings: string[] = [];
beforeAll(async () => {
  server = await startServer(settings({ "store.engine": "memory" }));
  demo = await startDemo(server, { seed: 7, pace: 0.02, warn: (text) => warnings.push(text) });
});
afterAll(async () => {
  await demo.stop();
  await server.stop();
});

test("who registers is greeted, brought into the groups, and sees typing and presence", async () => {
  const ada = await visit(server.url, "ada", "Ada 艾达");
  const greeting = () =>
    ada.messages.find(
      ({ sender, conversation }) => sender === "mira-bot" && conversation.startsWith("d:"),
    );
  await ada.until(() => greeting()?.text.includes("Ada 艾达") === true);
  // Nothing is known of the visitor yet: both languages.
  expect(greeting()?.text).toMatch(/welcome[\s\S]*欢迎/);
  await ada.until(() =>
    ada.messages.some(
      ({ text, mentions }) => mentions?.includes("ada") && text.includes("Ada 艾达"),
    ),
  );
  const titles: (string | undefined)[] = [];
  for await (const { title } of ada.client.conversations()) titles.push(title);
  for (const { title } of Object.values(places)) expect(titles).toContain(title);
  expect([...ada.typing].some((typed) => typed.endsWith(" mira-bot"))).toBe(true);
  const presences = await ada.client.watch(cast.map(({ user }) => user));
  expect(presences.filter(({ status }) => status !== "offline").length).toBeGreaterThan(2);
  await ada.client.close();
});

test("a bot reads what is written to it and answers in the same language", async () => {
  const eva = await visit(server.url, "eva", "Eva");
  for (const [bot, question, answer] of [
    ["tomas-bot", "Thanks a lot!", /any time|welcome/i],
    ["lin-bot", "谢谢你", /不客气|别客气/],
    ["wen-bot", "What happens when I am offline?", /exactly once/],
    ["mira-bot", "断网了怎么办？", /只送达一次/],
  ] as const) {
    const chat = eva.client.direct(bot);
    const { seq } = await chat.send(question);
    await eva.until(() => chat.state(seq) === "read");
    await eva.until(() =>
      eva.messages.some(({ sender, text }) => sender === bot && answer.test(text)),
    );
  }
  await eva.client.close();
});

test("in a group one or two answer and all read; bots thank for an invitation", async () => {
  const kim = await visit(server.url, "kim", "Kim");
  const bots = cast.slice(0, 3).map(({ user }) => user);
  const group = await kim.client.createGroup({ title: "Kim's", members: bots });
  const inGroup = () =>
    kim.messages.filter(
      (message) =>
        message.conversation === group.id && isCast(message.sender) && message.kind === "text",
    );
  await kim.until(() => inGroup().length >= bots.length);
  const thanks = inGroup().length;
  const { seq } = await group.send("Shall we meet on Saturday?");
  await kim.until(() => group.reached(seq).read === bots.length);
  await kim.until(() => inGroup().length > thanks);
  await group.leave();
  await kim.client.close();
});

test("the lounge talks only while a visitor is there", async () => {
  const lou = await visit(server.url, "lou", "Lou");
  const fromBots = () =>
    lou.messages.filter(
      ({ sender, conversation }) => isCast(sender) && conversation.startsWith("g:"),
    );
  await lou.until(() => fromBots().length > 12);
  expect(new Set(fromBots().map(({ sender }) => sender)).size).toBeGreaterThan(2);
  await lou.client.close();
});

test("nobody is greeted twice, also after a restart", async () => {
  const again = await startDemoTwice();
  expect(again.greetings).toBe(1);
  expect(again.fresh).toEqual([true, false]);
});

/** A visitor meets the demo, it ends, and starts again on the same data. */
async function startDemoTwice(): Promise<{ greetings: number; fresh: boolean[] }> {
  const dataDir = mkdtempSync(join(tmpdir(), "godwit-demo-"));
  const config = settings({ dataDir });
  const fresh: boolean[] = [];
  let greetings = 0;
  for (const start of [1, 2]) {
    fresh.push(await isFresh(config));
    const running = await startServer(config);
    const bots = await startDemo(running, {
      seed: start,
      pace: 0.02,
      warn: (text) => warnings.push(text),
    });
    if (start === 1) {
      const max = await visit(running.url, "max", "Max");
      await max.until(() => max.messages.some(({ sender }) => sender === "wen-bot"));
      await max.client.close();
    } else {
      // Whoever comes later is greeted later: by then the earlier one would have been.
      const pia = await visit(running.url, "pia", "Pia");
      await pia.until(() => pia.messages.some(({ sender }) => sender === "wen-bot"));
      await pia.client.close();
      const { token } = await running.accounts.users.issueToken("max");
      const max = connect({ url: running.url, token });
      await max.ready();
      for await (const page of max.direct("mira-bot").history())
        greetings += page.filter(({ text }) => text.includes("Max")).length;
      await max.close();
    }
    await bots.stop();
    await running.stop();
  }
  rmSync(dataDir, { recursive: true });
  return { greetings, fresh };
}

test("the first start writes weeks of history, in order and of the same dice", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "godwit-demo-"));
  const config = settings({ dataDir });
  const shares: number[] = [];
  const admin = await writeHistory(config, new Dice(1), (share) => shares.push(share));
  expect(admin?.user).toBe("admin");
  expect(shares.at(-1)).toBe(1);
  const running = await startServer(config);
  const { token } = await running.accounts.users.issueToken("mira-bot");
  const mira = connect({ url: running.url, token, syncMessages: 0 });
  await mira.ready();
  const found = new Map<string, { id: string; lastSeq: number }>();
  for await (const { title = "", id, lastSeq } of mira.conversations())
    found.set(title, { id, lastSeq });
  const notes = found.get(places.notes.title);
  expect(notes?.lastSeq).toBeGreaterThan(2_000);
  const times: number[] = [];
  for await (const page of mira.conversation(notes?.id ?? "").history({ pageSize: 200 }))
    times.unshift(...page.map(({ time }) => time));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const days = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 86_400_000;
  expect(days).toBeGreaterThan(19);
  expect(times.at(-1)).toBeLessThanOrEqual(Date.now());
  await mira.close();
  await running.stop();
  rmSync(dataDir, { recursive: true });
});

test("the same seed makes the same choices, another one others", () => {
  const roll = (seed: number) => {
    const dice = new Dice(seed);
    return Array.from({ length: 50 }, () => dice.whole(1, 6));
  };
  expect(roll(3)).toEqual(roll(3));
  expect(roll(3)).not.toEqual(roll(4));
  expect(new Set(roll(3))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});

test("nothing went wrong meanwhile", () => {
  expect(warnings).toEqual([]);
});
