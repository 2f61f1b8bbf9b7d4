/** The SDK's outbox and cursors in a real browser's IndexedDB: what a tab that was closed left behind goes out from the next one, once and in order. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { type Client, connect, register } from "@godwit/client";
import { AppServer } from "./kit/app-server.ts";
import { inBrowser } from "./kit/chromium.ts";
import { openSdkPage, type Sdk } from "./kit/sdk-page.ts";

/** What the pages have. */
interface PageGlobals {
  sdk: Sdk;
  client: Client;
  /** Texts of others' messages, as they were handed to the page. */
  heard: string[];
}

const password = "correct horse battery";

inBrowser("the SDK's storage", (browser) => {
  let server: AppServer;
  let context: BrowserContext;
  let bob: Client;
  let token: string;
  const heardByBob: string[] = [];
  beforeAll(async () => {
    server = await AppServer.start();
    const { url } = server;
    ({ token } = await register({ url, user: "ada", password }));
    const { token: bobs } = await register({ url, user: "bob", password });
    bob = connect({ url, token: bobs, backoffMinMs: 50, backoffMaxMs: 200 });
    bob.on("error", () => {});
    bob.on("message", ({ own, text }) => void (own || heardByBob.push(text)));
    await bob.ready();
    context = await browser().newContext();
  });
  afterAll(async () => {
    await bob?.close();
    await context?.close();
    await server?.stop();
  });

  /** A page with a client of Ada's, on the storage that all of her pages share. */
  async function enter(): Promise<Page> {
    const page = await openSdkPage(context, server.url);
    await page.evaluate(
      async ([url, bearer]) => {
        const globals = globalThis as unknown as PageGlobals;
        const { sdk } = globals;
        const storage = sdk.indexedDbStorage("ada");
        globals.heard = [];
        globals.client = sdk.connect({ url, token: bearer, storage, backoffMaxMs: 500 });
        globals.client.on("message", ({ own, text }) => void (own || globals.heard.push(text)));
        await globals.client.ready();
      },
      [server.url, token] as const,
    );
    return page;
  }

  const send = (page: Page, ...texts: string[]) =>
    page.evaluate((all) => {
      const { client } = globalThis as unknown as PageGlobals;
      for (const text of all) void client.direct("bob").send(text);
    }, texts);

  /** Waits until so many messages lie in the database, as another connection to it sees it. */
  const keeps = (page: Page, count: number) =>
    page.waitForFunction(async (wanted) => {
      const storage = (globalThis as unknown as PageGlobals).sdk.indexedDbStorage("ada");
      const { entries } = await storage.load();
      await storage.close();
      return entries.size === wanted;
    }, count);

  const hears = (page: Page, ...texts: string[]) =>
    page.waitForFunction(
      (wanted) => JSON.stringify((globalThis as unknown as PageGlobals).heard) === wanted,
      JSON.stringify(texts),
    );

  const bobHears = async (...texts: string[]) => {
    while (heardByBob.length < texts.length)
      await new Promise<void>((resolve) => {
        const off = bob.on("message", () => {
          off();
          resolve();
        });
      });
    expect(heardByBob).toEqual(texts);
  };

  test("what a closed tab had not sent goes out from the next one, once and in order", async () => {
    const first = await enter();
    await send(first, "one");
    await bobHears("one");
    await keeps(first, 0);
    await server.kill();
    await send(first, "two", "three");
    await keeps(first, 2);
    // Without a goodbye, as when the tab is killed.
    await first.close();
    await server.start();
    const second = await enter();
    await bobHears("one", "two", "three");
    await keeps(second, 0);
    const { messages: log } = await bob.direct("ada").range(1, 9);
    expect(log.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(new Set(log.map(({ device }) => device)).size).toBe(1);
    expect(log.map(({ clientSeq }) => clientSeq)).toEqual([1, 2, 3]);
    await second.close();
  });

  test("a tab goes on behind what the one before has processed", async () => {
    const third = await enter();
    await bob.direct("ada").send("to the third");
    await hears(third, "to the third");
    await third.evaluate(() => (globalThis as unknown as PageGlobals).client.close());
    await third.close();
    await bob.direct("ada").send("to the fourth");
    const fourth = await enter();
    await hears(fourth, "to the fourth");
    await fourth.close();
  });

  test("belongs to one user", async () => {
    const { token: eves } = await register({ url: server.url, user: "eve", password });
    const page = await openSdkPage(context, server.url);
    const refusal = await page.evaluate(
      async ([url, bearer]) => {
        const { sdk } = globalThis as unknown as PageGlobals;
        const storage = sdk.indexedDbStorage("ada");
        const client = sdk.connect({ url, token: bearer, storage });
        client.on("error", () => {});
        return client.ready().then(
          () => "ready",
          (error: { name: string }) => error.name,
        );
      },
      [server.url, eves] as const,
    );
    expect(refusal).toBe("storage_of_other_user");
    await page.close();
  });
});
