import type { Endpoint } from "../load/link.ts";
import type { Cast } from "../wire/native.ts";
import type { Wire } from "../wire/wire.ts";

/** A server under load: ours or the floor. */
export interface Target {
  readonly name: string;
  /** It is ours: it has users, groups and tokens. */
  readonly isServer: boolean;
  readonly endpoint: Endpoint;
  /** Undefined where the process cannot be seen (another machine): no CPU and memory then. */
  readonly pid: number | undefined;
  /** What an acknowledgement means there. */
  readonly durability: string;
  /** A user's name ends in the user's number, so that a reader can tell who sent. */
  readonly prefix: string;
  /** How to speak to it. */
  wire(cast: Cast): Wire;
  token(number: number): string;
  /** Where and how the native protocol is spoken, if the load speaks another. */
  readonly native?: { readonly endpoint: Endpoint; readonly wire: (cast: Cast) => Wire };
  /** What its process has printed, for the message when a run fails. */
  output(): string;
  /** Stops what was started, and removes its data. */
  stop(): Promise<void>;
}

/** Does something with a server and stops it afterwards, whatever comes of it. */
export async function withTarget<T>(
  target: Target,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  try {
    return await work(target);
  } catch (error) {
    const said = target.output().trim();
    if (said === "") throw error;
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n${target.name} said:\n${said}`,
      { cause: error },
    );
  } finally {
    await target.stop();
  }
}
