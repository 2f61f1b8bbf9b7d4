import type { Outgoing } from "./outgoing.ts";

/**
 * One session as the hub sees it: something that takes events for a user's device, connected or not.
 * Counted events advance the session's position and are remembered until acknowledged; ephemeral ones go to a live connection or nowhere.
 */
export interface Receiver {
  readonly user: string;
  readonly device: string;
  /** The status that others may see: undefined while disconnected or invisible. */
  readonly shown: "online" | "away" | undefined;
  /** A message: remembered by reference only. */
  deliver(conversation: string, seq: number, outgoing: Outgoing): void;
  /** Another counted event: remembered itself. */
  notify(outgoing: Outgoing): void;
  /** False if there is a connection which cannot take it now: what still holds is told again later. */
  ephemeral(outgoing: Outgoing): boolean;
}
