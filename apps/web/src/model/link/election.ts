/** Which tab holds the connection. `won` and `lost` may come again and again: a tab that lost it stands for the next election by itself. */
export interface Election {
  start(events: { won(): void; lost(): void }): void;
  /** Takes the lead from a tab that does not answer. */
  steal(): void;
  stop(): void;
}

/**
 * By Web Locks: the holder of the lock leads, and the browser gives the lock to the next tab when the holder is gone. A page that the browser freezes
 * steps down before.
 */
export function lockElection(name: string, locks: LockManager): Election {
  let stopped = false;
  let release: (() => void) | undefined;
  /** Ends the wait for the lock: who has stolen it must not be given it once more when it is let go. */
  let waiting: AbortController | undefined;
  let listeners: { won(): void; lost(): void } | undefined;
  const campaign = (steal = false): void => {
    waiting?.abort();
    const patience = steal ? undefined : new AbortController();
    waiting = patience;
    const held = (): Promise<void> => {
      if (stopped) return Promise.resolve();
      waiting = undefined;
      return new Promise((resolve) => {
        release = () => {
          release = undefined;
          resolve();
        };
        listeners?.won();
      });
    };
    const options = patience === undefined ? { steal } : { signal: patience.signal };
    locks.request(name, options, held).catch(() => {
      // Given up for a theft of one's own; or stolen by another tab.
      if (stopped || patience?.signal.aborted === true) return;
      release = undefined;
      listeners?.lost();
      campaign();
    });
  };
  const freeze = (): void => {
    if (!release) return;
    listeners?.lost();
    release();
  };
  const resume = (): void => {
    if (!release && !stopped) campaign();
  };
  return {
    start(events) {
      listeners = events;
      campaign();
      document.addEventListener("freeze", freeze);
      document.addEventListener("resume", resume);
    },
    steal() {
      if (!release && !stopped) campaign(true);
    },
    stop() {
      stopped = true;
      waiting?.abort();
      release?.();
      document.removeEventListener("freeze", freeze);
      document.removeEventListener("resume", resume);
    },
  };
}

/** Where there are no Web Locks, every tab leads itself. */
export function soleElection(): Election {
  return {
    start: ({ won }) => won(),
    steal() {},
    stop() {},
  };
}
