import type { Port } from "./channel.ts";
import type { Timers } from "./tab-link.ts";

export type SlotMessage =
  | { type: "ask"; tab: string }
  | { type: "held"; tab: string; slot: number }
  | { type: "claim"; tab: string; slot: number };

const settleMs = 120;
const slotsMax = 16;

/**
 * Numbers the tabs where there are no Web Locks: each takes the lowest number that no other tab holds, so that a tab that is opened again finds the
 * outbox that the last one left. Two that claim the same one at once: the lower tab id keeps it. Resolves to the number, from 0; `release` gives it back.
 */
export async function takeSlot(
  tab: string,
  port: Port<SlotMessage> | undefined,
  timers: Timers,
): Promise<{ slot: number; release(): void }> {
  if (!port) return { slot: 0, release() {} };
  const held = new Set<number>();
  let mine: number | undefined;
  let settled = false;
  const unlisten = port.listen((message) => {
    if (message.type === "held") held.add(message.slot);
    else if (mine === undefined) {
      if (message.type === "claim") held.add(message.slot);
    } else if (message.type === "ask") port.post({ type: "held", tab, slot: mine });
    else if (message.slot === mine) {
      if (settled || tab < message.tab) port.post({ type: "held", tab, slot: mine });
      else {
        held.add(mine);
        mine = undefined;
      }
    }
  });
  const pause = (): Promise<void> => new Promise((resolve) => timers.after(settleMs, resolve));
  port.post({ type: "ask", tab });
  await pause();
  for (;;) {
    let slot = 0;
    while (held.has(slot) && slot < slotsMax) slot++;
    mine = slot;
    port.post({ type: "claim", tab, slot });
    await pause();
    // More tabs than numbers share the last one; the server lets the newest have it.
    if (slot === slotsMax || (mine === slot && !held.has(slot))) break;
  }
  settled = true;
  return {
    slot: mine ?? slotsMax,
    release() {
      unlisten();
      port.close();
    },
  };
}
