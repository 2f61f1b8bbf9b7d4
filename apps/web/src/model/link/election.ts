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
  let listeners: { won(): void; lost(): void } | undefined;
  const campaign = (options: LockOptions): void => {
    const held = (): Promise<void> => {
      if (stopped) return Promise.resolve();
      return new Promise((resolve) => {
        release = () => {
          release = undefined;
          resolve();
        };
        listeners?.won();
      });
    };
    locks.request(name, options, held).catch(() => {
      // Stolen by another tab.
      if (stopped) return;
      release = undefined;
      listeners?.lost();
      campaign({});
    });
  };
  const freeze = (): void => {
    if (!release) return;
    listeners?.lost();
    release();
  };
  const resume = (): void => {
    if (!release && !stopped) campaign({});
  };
  return {
    start(events) {
      listeners = events;
      campaign({});
      document.addEventListener("freeze", freeze);
      document.addEventListener("resume", resume);
    },
    steal() {
      if (!release && !stopped) campaign({ steal: true });
    },
    stop() {
      stopped = true;
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
