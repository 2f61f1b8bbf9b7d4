/** Keeps a lively group from ringing a hundred times a minute. */

export interface Announcement {
  readonly conversation: string;
  readonly title: string;
  readonly body: string;
}

/** Between two announcements of one conversation at least this time passes; the newest of what came meanwhile is announced then. */
export const restMs = 4_000;
/** Conversations that rest at the same time; of more, what comes is left out: title and list count it. */
const restingMax = 20;

export interface Throttle {
  add(item: Announcement): void;
  stop(): void;
}

export function createThrottle(
  announce: (item: Announcement) => void,
  after: (ms: number, callback: () => void) => () => void = (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
): Throttle {
  const resting = new Map<string, { latest?: Announcement; cancel: () => void }>();
  const begin = (item: Announcement) => {
    announce(item);
    const cancel = after(restMs, () => {
      const latest = resting.get(item.conversation)?.latest;
      resting.delete(item.conversation);
      if (latest !== undefined) begin(latest);
    });
    resting.set(item.conversation, { cancel });
  };
  return {
    add(item) {
      const rest = resting.get(item.conversation);
      if (rest !== undefined) rest.latest = item;
      else if (resting.size < restingMax) begin(item);
    },
    stop() {
      for (const { cancel } of resting.values()) cancel();
      resting.clear();
    },
  };
}
