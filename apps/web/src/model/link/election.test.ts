import { afterAll, beforeAll, expect, test } from "bun:test";
import { settle } from "../testing/fakes.ts";
import { lockElection } from "./election.ts";

/** The lock manager of one browser, with one lock: what the Web Locks API says of waiting, stealing and giving up. */
class FakeLocks {
  #holder: { reject(reason: Error): void } | undefined;
  readonly #queue: { grant(): void; signal: AbortSignal | undefined }[] = [];

  request(
    _name: string,
    { steal = false, signal }: LockOptions,
    held: () => Promise<void>,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const grant = (): void => {
      const holder = { reject };
      this.#holder = holder;
      void held().then(() => {
        resolve();
        if (this.#holder === holder) this.#next();
      });
    };
    signal?.addEventListener("abort", () => reject(new Error("aborted")));
    if (steal) {
      this.#holder?.reject(new Error("stolen"));
      queueMicrotask(grant);
    } else if (this.#holder) this.#queue.push({ grant, signal });
    else queueMicrotask(grant);
    return promise;
  }

  #next(): void {
    this.#holder = undefined;
    const next = this.#queue.splice(0).filter(({ signal }) => signal?.aborted !== true);
    const [first] = next;
    this.#queue.push(...next.slice(1));
    first?.grant();
  }
}

let page: EventTarget;
beforeAll(() => {
  page = new EventTarget();
  Reflect.set(globalThis, "document", page);
});
afterAll(() => {
  Reflect.deleteProperty(globalThis, "document");
});

function open() {
  const locks = new FakeLocks() as unknown as LockManager;
  const stand = async () => {
    const election = lockElection("lead", locks);
    const tab = { election, leads: false, wins: 0 };
    election.start({
      won() {
        tab.leads = true;
        tab.wins++;
      },
      lost: () => void (tab.leads = false),
    });
    await settle();
    return tab;
  };
  return stand;
}

test("one tab leads, and when it is gone the next one does", async () => {
  const stand = open();
  const [first, second] = [await stand(), await stand()];
  expect([first.leads, second.leads]).toEqual([true, false]);
  first.election.stop();
  await settle();
  expect(second.leads).toBe(true);
});

test("a tab that took the lead and is frozen lets it go, and does not win it with an older wish of its own", async () => {
  const stand = open();
  const [first, second] = [await stand(), await stand()];
  second.election.steal();
  await settle();
  expect([first.leads, second.leads]).toEqual([false, true]);
  // Only the tab that leads has something to let go.
  page.dispatchEvent(new Event("freeze"));
  await settle();
  expect([first.leads, second.leads, second.wins]).toEqual([true, false, 1]);
});

test("however often a waiting tab is frozen and comes back, it waits once", async () => {
  const stand = open();
  const [first, second] = [await stand(), await stand()];
  for (let times = 0; times < 3; times++) page.dispatchEvent(new Event("resume"));
  first.election.stop();
  await settle();
  expect([second.leads, second.wins]).toEqual([true, 1]);
  second.election.stop();
  await settle();
  expect(second.wins).toBe(1);
});
