import type { Line, Room } from "./state.ts";

/** How far an own message has come. */
export type Progress = "waiting" | "refused" | "sent" | "delivered" | "read";

/** How many other members are known to have received and read a message; the SDK keeps count. */
export type Reached = (
  room: Room,
  seq: number,
) => { readonly delivered: number; readonly read: number };

export function progressOf(line: Line, room: Room, reached: Reached): Progress {
  if (line.failure !== undefined) return "refused";
  if (line.seq === undefined) return "waiting";
  const { delivered, read } = reached(room, line.seq);
  return read > 0 ? "read" : delivered > 0 ? "delivered" : "sent";
}

/** Signs that differ without colour too: a read message has its own. */
export const signs: Readonly<Record<Progress, string>> = {
  waiting: "…",
  refused: "✗",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓",
};
