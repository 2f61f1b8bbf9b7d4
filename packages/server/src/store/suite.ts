import { afterEach, beforeEach, describe } from "bun:test";
import type { Store } from "./port.ts";
import { accountCases } from "./suite/accounts.ts";
import { changeCases } from "./suite/changes.ts";
import { cursorCases } from "./suite/cursors.ts";
import { messageCases } from "./suite/messages.ts";
import { modelCases } from "./suite/model.ts";

/** A store under test, and how to open what it holds once more; absent for engines that hold nothing. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens its data again. */
  readonly reopen?: (() => Promise<Store>) | undefined;
  /** Removes what the test left behind, after the store was closed. */
  readonly remove?: (() => void) | undefined;
}

/** What the cases of the suite call to get at the store of the running test. */
export interface Subject {
  readonly store: Store;
  /** Opens the data again; does nothing for an engine without reopening. */
  reopen(): Promise<void>;
  /** A further empty store, closed after the test. */
  fresh(): Promise<Subject>;
}

/** Runs everything that `port.ts` promises against an engine. `open` makes an empty store. */
export function storeSuite(name: string, open: () => Promise<OpenedStore>): void {
  describe(`store: ${name}`, () => {
    let opened: OpenedSubject[] = [];
    const subject = async () => {
      const next = await openSubject(open, subject);
      opened.push(next);
      return next;
    };
    let current: Subject;
    beforeEach(async () => {
      current = await subject();
    });
    afterEach(async () => {
      for (const one of opened) await one.close();
      opened = [];
    });
    const get = () => current;
    messageCases(get);
    changeCases(get);
    cursorCases(get);
    accountCases(get);
    modelCases(get);
  });
}

type OpenedSubject = Subject & { close(): Promise<void> };

async function openSubject(
  open: () => Promise<OpenedStore>,
  fresh: () => Promise<Subject>,
): Promise<OpenedSubject> {
  const { store, reopen, remove } = await open();
  let current = store;
  return {
    get store() {
      return current;
    },
    fresh,
    async reopen() {
      if (reopen !== undefined) current = await reopen();
    },
    async close() {
      await current.close();
      remove?.();
    },
  };
}
