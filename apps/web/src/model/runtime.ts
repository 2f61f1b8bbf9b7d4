import type { TabNote } from "./backend.ts";
import { type Cache, noCache } from "./cache/cache.ts";
import { databaseName, openCache } from "./cache/browser-cache.ts";
import { Recorder } from "./cache/recorder.ts";
import { modelErrors, ModelError, type PlainError } from "./errors.ts";
import { type Account, type AccountBook, type OwnStatus, storageName } from "./link/account.ts";
import { lockElection, soleElection } from "./link/election.ts";
import type { LinkEvent } from "./link/events.ts";
import { broadcastPort } from "./link/channel.ts";
import { whileHidden } from "./link/pulse.ts";
import type { SlotMessage } from "./link/slots.ts";
import { TabLink, type TabMessage } from "./link/tab-link.ts";
import type { Model } from "./model.ts";
import { newKey } from "./store/outgoing.ts";
import type { InvitePreview, ProfileView } from "./types.ts";

/** One signed-in user: the cache, and the connection or the way to the tab that has it. */
interface Session {
  readonly account: Account;
  readonly link: TabLink<TabNote>;
  readonly cache: Cache;
  readonly device: string;
  close(): void;
}

export interface RuntimeOptions {
  readonly model: Model;
  readonly book: AccountBook;
  /** Where the server is. */
  readonly url: string;
  /** Of the application, for the server's logs. */
  readonly version: string;
}

/** Ends of a session after which this browser forgets everything, and those after which the same user may come back to it. */
const wiping: ReadonlySet<string> = new Set(["signed_out", "account_disabled", "token_invalid"]);
const ending: ReadonlySet<string> = new Set([...wiping, "token_expired", "kicked", "user_unknown"]);
const timers = {
  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
const findMax = 20;
/** The connection begins by then even if nothing was drawn: in a tab that nobody looks at. */
const drawnMs = 500;
const sdkRetryMs = 3_000;
/** How long who signs out waits for the tab that leads, or without a connection for a request. */
const signOutMs = 4_000;

type Sdk = typeof import("./link/sdk.ts");

/** Signing in and out, the cache, and the connection, whose code is fetched last: what is kept is drawn without it. */
export class Runtime {
  readonly #options: RuntimeOptions;
  #session: Session | undefined;
  /** Sessions are begun and ended one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #notice: string | undefined;
  /** The visitor signs out here. */
  #leaving = false;
  #sdk: Promise<Sdk> | undefined;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    const { book } = options;
    book.watch(() => void this.follow());
    addEventListener("pagehide", ({ persisted }: PageTransitionEvent) => {
      // The tab that leads needs not look after a follower that is gone; a leader's own connection ends with its page.
      const link = this.#session?.link;
      if (!persisted && link && !link.leads) link.close();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#session?.link.wake();
    });
  }

  /** Brings the session in line with who is signed in on this browser: at the start, and when another tab signs in or out. */
  follow(): Promise<void> {
    const turn = this.#turn.then(() => this.#follow());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async register(account: { user: string; password: string; name?: string }): Promise<void> {
    const { url, book } = this.#options;
    const { register } = await this.#loadSdk();
    book.set(await register({ url, ...account, ...this.#bound() }));
    await this.follow();
  }

  async signIn(account: { user: string; password: string }): Promise<void> {
    const { url, book } = this.#options;
    const { login } = await this.#loadSdk();
    book.set(await login({ url, ...account, ...this.#bound() }));
    await this.follow();
  }

  /** What an invite link leads to, for a visitor who is not signed in. */
  async peekInvite(token: string): Promise<InvitePreview> {
    const { peekInvite } = await this.#loadSdk();
    const { title = "", ...preview } = await peekInvite({ url: this.#options.url, token });
    return { title, ...preview };
  }

  /** Revokes this browser's token if the server can be reached, and forgets everything in any case. */
  async signOut(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#leaving = true;
    try {
      await this.#revoke(session).catch(() => {
        // Without a network the token lives on until it expires; it is forgotten here.
      });
      this.#options.book.clear({ wiped: true });
      await this.follow();
    } finally {
      this.#leaving = false;
    }
  }

  setStatus(status: OwnStatus): Promise<unknown> {
    this.#options.book.setStatus(status);
    return this.#link.call("status", status);
  }

  async findPeople(prefix: string): Promise<readonly ProfileView[]> {
    const { model } = this.#options;
    const users = await this.#link.call("users", { prefix, limit: findMax });
    return model.people.met(users);
  }

  async openDirect(user: string): Promise<string> {
    const { model } = this.#options;
    const { directId } = await this.#loadSdk();
    const id = directId(model.self, user);
    if (model.chats.record(id)) return id;
    const users = await this.#link.call("users", { ids: [user] });
    if (users.length === 0) throw new ModelError(modelErrors.userUnknown);
    model.people.met(users);
    return id;
  }

  async #follow(): Promise<void> {
    const { book, model } = this.#options;
    const { account } = book;
    if (account?.user === this.#session?.account.user) return;
    const notice = this.#notice;
    this.#notice = undefined;
    if (this.#session) {
      const { cache, device, account: old } = this.#session;
      this.#session.close();
      this.#session = undefined;
      // Also if somebody else has signed in at once: nothing of the one before may stay in sight.
      model.end(notice);
      // Kept for the same user if the session ended without a wish to.
      if (book.owner !== old.user) await wipe(cache, old.user, device);
    }
    if (account) await this.#begin(account);
    else if (model.session.getState().phase !== "signed_out") model.end(notice);
  }

  async #begin(account: Account): Promise<void> {
    const { model, book } = this.#options;
    const { owner } = book;
    if (owner !== undefined && owner !== account.user) await wipe(noCache, owner, book.device);
    book.own(account.user);
    const cache = await openCache(account.user).catch(() => noCache);
    const recorder = new Recorder(cache, timers.after);
    const kept = await cache.load().catch(() => noCache.load());
    const tab = newKey();
    const slots = hasLocks ? undefined : await slotOf(tab);
    const device = slots && slots.slot > 0 ? `${book.device}-${slots.slot + 1}` : book.device;
    const [link, connect] = this.#openLink(tab, account, device);
    const stopPulse = whileHidden(() => void (link.leads && link.request("wake", undefined)));
    const flush = (): void => void recorder.flush();
    addEventListener("pagehide", flush);
    this.#session = {
      account,
      link,
      cache,
      device,
      close() {
        removeEventListener("pagehide", flush);
        stopPulse();
        link.close();
        recorder.close();
        cache.close();
        slots?.release();
      },
    };
    const quiet = (done: Promise<unknown>): void => void done.catch(() => {});
    model.begin(account.user, kept, {
      call(name, ...param) {
        // Messages that are not kept are waited for.
        if (name === "page") connect();
        return link.call(name, ...param);
      },
      watch: async (users) => (await link.request("watch", users)) as never,
      note: (note) => link.note(note),
      wakeTabs: () => link.wake(),
      get leads() {
        return link.leads;
      },
      run: (conversation, to, limit) => cache.run(conversation, to, limit),
      keepMessages: (messages) => recorder.messages(messages),
      keepChats: (records) => recorder.chats(records),
      keepProfiles: (profiles) => recorder.profiles(profiles),
      keepNotes: (notes) => quiet(cache.putNotes(notes)),
      keepFailed: (outgoing) => quiet(cache.putFailed(outgoing)),
      dropFailed: (key) => quiet(cache.dropFailed([key])),
    });
    if (kept.chats.length === 0) connect();
    else model.whenDrawn(drawnMs, connect);
  }

  /** The link, and what fetches the SDK and starts it. */
  #openLink(tab: string, { user }: Account, device: string): [TabLink<TabNote>, () => void] {
    const { model, book, url, version } = this.#options;
    let sdk: Sdk | undefined;
    let asked = false;
    const link = new TabLink<TabNote>(
      {
        tab,
        port: broadcastPort<TabMessage<TabNote>>(`godwit.${user}`),
        election: hasLocks ? lockElection(`godwit.${user}`, navigator.locks) : soleElection(),
        clock: timers,
        serve(emit) {
          if (!sdk) throw new Error("The link is started once the SDK is there.");
          const token = sdk.tokenSource(book, url);
          return sdk.serve({ url, user, device, status: book.status, version, token, emit });
        },
        visible: () => document.visibilityState === "visible",
      },
      {
        attached: (snapshot) => model.attached(snapshot),
        events: (events) => this.#events(events),
        note: (note) => model.heard(note),
        leading() {},
      },
    );
    const start = async (): Promise<void> => {
      try {
        sdk = await this.#loadSdk();
      } catch {
        if (this.#session?.link !== link) return;
        model.unreachable();
        timers.after(sdkRetryMs, () => void start());
        return;
      }
      if (this.#session?.link === link) link.start();
    };
    const connect = (): void => {
      if (asked) return;
      asked = true;
      void start();
    };
    return [link, connect];
  }

  /** A failure is not remembered. */
  #loadSdk(): Promise<Sdk> {
    this.#sdk ??= import("./link/sdk.ts").catch((thrown: unknown) => {
      this.#sdk = undefined;
      throw new ModelError(modelErrors.notFetched, thrown);
    });
    return this.#sdk;
  }

  #events(events: readonly LinkEvent[]): void {
    this.#options.model.take(events);
    for (const event of events)
      if (event.type === "state" && event.state === "closed" && event.error)
        this.#closed(event.error);
  }

  /** The server ended the session for good. */
  #closed(error: PlainError): void {
    // Who leaves need not be told that they have left.
    if (!ending.has(error.name) || this.#leaving) return;
    this.#notice = error.name;
    this.#options.book.clear({ wiped: wiping.has(error.name) });
    void this.follow();
  }

  /** By the connection, if all tabs have it and it is there: then none of them is told that it was signed out from elsewhere. */
  async #revoke({ link, device, account }: Session): Promise<void> {
    const { model, book, url } = this.#options;
    if (hasLocks && model.session.getState().link === "online") {
      await link.request("signOut", device, signOutMs);
      return;
    }
    const { revoke } = await import("./link/revoke.ts");
    const { token } = book.account ?? account;
    // Without Web Locks every tab is a device of its own.
    await revoke(url, token, { device, tabsOf: hasLocks ? undefined : book.device }, signOutMs);
  }

  get #link(): TabLink<TabNote> {
    if (!this.#session) throw new ModelError(modelErrors.signedOut);
    return this.#session.link;
  }

  /** A token is good on this browser's one device only, where all tabs are that device. */
  #bound(): { device?: string } {
    return hasLocks ? { device: this.#options.book.device } : {};
  }
}

const hasLocks =
  typeof navigator !== "undefined" &&
  "locks" in navigator &&
  typeof BroadcastChannel !== "undefined";

/** Only tabs without locks need a number. */
async function slotOf(tab: string) {
  const { takeSlot } = await import("./link/slots.ts");
  return takeSlot(tab, broadcastPort<SlotMessage>("godwit.slots"), timers);
}

/** Forgets what this browser kept of a user, the SDK's outbox included. */
async function wipe(cache: Cache, user: string, device: string): Promise<void> {
  await cache.wipe().catch(() => {});
  if (typeof indexedDB === "undefined") return;
  indexedDB.deleteDatabase(databaseName(user));
  indexedDB.deleteDatabase(`godwit:${storageName(user, device)}`);
}
