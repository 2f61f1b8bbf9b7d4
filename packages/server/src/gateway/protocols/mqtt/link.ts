import type { CommandFrame, CommandName, ErrorFrame, Params, Result } from "@godwit/protocol";
import type { Connection } from "../../../hub/connection.ts";
import type { Passing } from "./passing.ts";
import type { Route } from "./route.ts";
import type { MqttSession } from "./session.ts";
import type { Shared } from "./shared.ts";
import type { Terms } from "./terms.ts";
import type { Reason } from "./wire/codes.ts";

/** The way to the client for what no event brings. */
export interface Deliverer {
  /** Resolves when there is room in the window for one more, or the connection has ended. */
  room(): Promise<void>;
  /** A message that is no event: retained, or the client's own. `room` should be asked for before many. */
  extra(passing: Passing, how: { readonly as: Route; readonly retain?: boolean }): void;
  /** A message that was missed, while events are held back. Resolves when it is on its way, or the connection has ended. */
  missed(passing: Passing, as: Route): Promise<void>;
}

/** One connection past its CONNECT, as its parts see it. */
export interface Link extends Connection {
  readonly shared: Shared;
  readonly session: MqttSession;
  readonly terms: Terms;
  /** The way of events to the client. */
  readonly delivery: Deliverer;
  /** Whether it has ended. */
  readonly over: boolean;
  /** Whether its socket takes no more for now. */
  readonly full: boolean;
  /** Resolves when the socket takes more, or has closed. */
  drainedSocket(): Promise<void>;
  /** Has the session hand over what is in its ring from this position on, and then go on by itself. */
  replay(position: number): void;
  send(packet: Uint8Array): void;
  /** Ends the connection because of what the client did. */
  fail(reason: Reason, why: string): void;
  /** Reads nothing more from the client until the work is done. Its failure ends the connection. */
  hold(work: Promise<void>): void;
  /** Gives a command whose reply, if it has an id below `commandIdsFrom`, is of a PUBLISH. */
  dispatch(frame: CommandFrame): void;
  /** A PUBLISH was answered: there may be room for more. */
  answered(): void;
  /** Gives a command and resolves to its result. Rejects with `CommandRefused`. */
  command<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>>;
}

/** Ids of commands begin behind the packet identifiers, and ids of sends at QoS 0, which have none, behind those. */
export const commandIdsFrom = 65_536;
export const unansweredIdsFrom = 2 ** 40;

/** A command of ours was refused. */
export class CommandRefused extends Error {
  override readonly name = "CommandRefused";
  readonly frame: ErrorFrame;

  constructor(frame: ErrorFrame) {
    super(frame.message);
    this.frame = frame;
  }
}

/** Whether the same is welcome a little later. */
export function isForNow({ name }: ErrorFrame): boolean {
  return name === "rate_limited" || name === "busy";
}
