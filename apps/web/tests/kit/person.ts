/** Somebody in front of the page: what they do, said as they would say it, and found by what they see or hear. */
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { patienceMs } from "./chromium.ts";
import { password } from "./friend.ts";
import { fill, words, type Language } from "./words.ts";

export type Ticks = keyof (typeof words)["en"]["chat"]["state"];

export interface PersonOptions {
  readonly language?: Language;
  readonly theme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly more?: BrowserContextOptions;
  /** Opens no page yet. */
  readonly blank?: true;
}

/** A browser profile of its own, with any number of tabs; most have one. */
export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly url: string;
  readonly language: Language;
  /** What went wrong in any of the tabs. */
  readonly troubles: string[];

  private constructor(parts: {
    context: BrowserContext;
    page: Page;
    url: string;
    language: Language;
    troubles: string[];
  }) {
    this.context = parts.context;
    this.page = parts.page;
    this.url = parts.url;
    this.language = parts.language;
    this.troubles = parts.troubles;
  }

  static async arrive(browser: Browser, url: string, options: PersonOptions = {}): Promise<Person> {
    const { language = "en", theme = "light", viewport = { width: 1_200, height: 800 } } = options;
    const context = await browser.newContext({
      locale: language === "zh" ? "zh-CN" : "en-GB",
      timezoneId: "Asia/Shanghai",
      colorScheme: theme,
      reducedMotion: "reduce",
      viewport,
      ...options.more,
    });
    context.setDefaultTimeout(patienceMs);
    const troubles: string[] = [];
    context.on("weberror", (error) => troubles.push(String(error.error())));
    context.on("console", (line) => {
      if (line.type() === "error" && !isNetwork(line.text())) troubles.push(line.text());
    });
    const page = await context.newPage();
    const person = new Person({ context, page, url, language, troubles });
    if (options.blank !== true) await page.goto(url);
    return person;
  }

  /** The texts that this person reads. */
  get t() {
    return words[this.language];
  }

  /** The same person in another tab. */
  async tab(): Promise<Person> {
    const page = await this.context.newPage();
    await page.goto(this.url);
    return this.in(page);
  }

  /** The same person looking at this page, perhaps in another language. */
  in(page: Page, language: Language = this.language): Person {
    const { context, url, troubles } = this;
    return new Person({ context, url, troubles, page, language });
  }

  async register(user: string, name: string): Promise<void> {
    const { start } = this.t;
    await this.show(start.registerTitle, start.register);
    await this.page.getByRole("textbox", { name: start.user }).fill(user);
    await this.page.getByRole("textbox", { name: start.name }).fill(name);
    await this.#giveThePassword();
  }

  async signIn(user: string): Promise<void> {
    const { start } = this.t;
    await this.show(start.signInTitle, start.signIn);
    await this.page.getByRole("textbox", { name: start.user }).fill(user);
    await this.#giveThePassword();
  }

  /** Changes between registering and signing in, if the other one is shown. */
  async show(title: string, change: string): Promise<void> {
    const heading = this.page.getByRole("heading", { name: title });
    const button = this.page.getByRole("button", { name: change, exact: true });
    await button.first().waitFor();
    if (!(await heading.isVisible())) await button.click();
    await heading.waitFor();
  }

  /** The list is there, and with it the session. */
  async settled(): Promise<void> {
    await this.page.getByRole("button", { name: this.t.list.newMenu }).first().waitFor();
  }

  // Conversations

  row(title: string): Locator {
    // A row's name begins with the title; others' previews may have it, too.
    const name = new RegExp(`^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
    return this.page
      .getByRole("list", { name: this.t.list.label, exact: true })
      .getByRole("link", { name });
  }

  async open(title: string): Promise<void> {
    await this.row(title).click();
    await this.pane(title).waitFor();
  }

  /** Finds somebody by name and opens the conversation with them. */
  async chatWith(query: string, name: string): Promise<void> {
    await this.new(this.t.list.newChat);
    const dialog = this.dialog(this.t.create.chatTitle);
    await dialog.getByRole("searchbox", { name: this.t.people.find }).fill(query);
    await dialog.getByRole("button", { name: new RegExp(name) }).click();
    await this.pane(name).waitFor();
  }

  /** Picks an entry of the menu for what is new. */
  async new(entry: string): Promise<void> {
    await this.page.getByRole("button", { name: this.t.list.newMenu }).first().click();
    await this.page.getByRole("menuitem", { name: entry }).click();
  }

  dialog(title: string): Locator {
    return this.page.getByRole("dialog", { name: title });
  }

  pane(title: string): Locator {
    return this.page.getByRole("region", { name: fill(this.t.chat.pane, { title }) });
  }

  // Messages

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: this.t.chat.composer.label });
  }

  async says(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The messages whose text has this in it, of those that are drawn. */
  message(text: string): Locator {
    return this.page.getByRole("article").filter({ hasText: text });
  }

  async reads(text: string): Promise<void> {
    await this.message(text).first().waitFor();
  }

  /** Waits until the own message with this text has come so far. */
  async sees(text: string, state: Ticks): Promise<void> {
    await this.message(text)
      .getByRole("img", { name: this.t.chat.state[state], exact: true })
      .waitFor();
  }

  /** Opens the details of the conversation that is open. */
  async details(): Promise<void> {
    const { group, chat } = this.t;
    const title = this.page.getByRole("heading", { name: group.details, exact: true });
    if (await title.isVisible()) return;
    await this.page
      .getByRole("button", { name: chat.details, exact: true })
      .or(this.page.getByRole("link", { name: chat.details, exact: true }))
      .first()
      .click();
    await title.waitFor();
  }

  /** Waits until this has the focus. */
  async focusIn(element: Locator): Promise<void> {
    const handle = await element.elementHandle();
    await this.page.waitForFunction((wanted) => document.activeElement === wanted, handle);
  }

  /** Opens what leads to other places of the conversation. */
  async openJump(): Promise<void> {
    await this.page.getByRole("button", { name: this.t.chat.jump.open }).click();
  }

  async jumpTo(place: string): Promise<void> {
    await this.openJump();
    await this.page
      .getByRole("button", { name: place, exact: true })
      .or(this.page.getByRole("menuitem", { name: place, exact: true }))
      .first()
      .click();
  }

  /** Goes to the end of the conversation, if it is not there. */
  async toNewest(): Promise<void> {
    const button = this.page.getByRole("button", { name: this.#toNewest });
    if (await button.isVisible()) await button.click();
  }

  /** The button says how much has come, or only where it leads. */
  get #toNewest(): RegExp {
    const { list } = this.t.chat;
    const labels = [list.toNewest, list.newMessages_one, list.newMessages_other];
    return new RegExp(
      `^(${labels.flatMap((label: string | undefined) => label?.replace("{{count}}", "\\d+") ?? []).join("|")})$`,
    );
  }

  /** Goes to another place of the application without loading it anew. */
  async goTo(path: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, `#${path}`);
  }

  /** Waits until the browser's cache of this person has this text in one of its tables: a reload finds it then. */
  async keeps(table: string, text: string): Promise<void> {
    const untilMs = performance.now() + patienceMs;
    while (!(await this.page.evaluate(isKept, { table, text })))
      if (performance.now() > untilMs) throw new Error(`${text} is not kept in ${table}.`);
  }

  /** Waits until the page can start without a network. */
  async workerReady(): Promise<void> {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  async #giveThePassword(): Promise<void> {
    const field = this.page.getByLabel(this.t.start.password, { exact: true });
    await field.fill(password);
    await field.press("Enter");
    await this.settled();
  }
}

/** Browsers report every request that a missing network or server fails. */
function isNetwork(text: string): boolean {
  return /net::ERR_|WebSocket connection to|Failed to load resource|Failed to fetch/.test(text);
}

/** Runs in the page. */
async function isKept({ table, text }: { table: string; text: string }): Promise<boolean> {
  const databases = await indexedDB.databases();
  const name = databases.find((database) => database.name?.startsWith("godwit-web:"))?.name;
  if (name === undefined) return false;
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name);
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error(name)));
  });
  const rows = await new Promise<unknown[]>((resolve) => {
    const request = database.transaction(table).objectStore(table).getAll();
    request.addEventListener("success", () => resolve(request.result));
  });
  database.close();
  return JSON.stringify(rows).includes(text);
}
