import { isGiven, type Config } from "../../config/config.ts";
import { unusable } from "../../config/error.ts";
import type { Log } from "../../lib/log.ts";
import type { Listener } from "./listener.ts";

/** A port that a protocol is to be spoken on. */
export interface Opening {
  /** The setting with its port, by its dotted path. */
  readonly setting: string;
  /** Listens. Fails with the code EADDRINUSE if the port is taken, EACCES if it is not ours to take. */
  readonly open: () => Listener | Promise<Listener>;
}

/**
 * Opens a port. If it cannot be had, the server starts without this door, and says so; but a port that somebody asked for is owed to them. Throws a ConfigError then, and
 * whatever else goes wrong.
 */
export async function openDoor(
  { setting, open }: Opening,
  { config, log }: { readonly config: Config; readonly log: Log },
): Promise<Listener | undefined> {
  try {
    return await open();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const problem = code === "EADDRINUSE" ? "the port is taken" : "the port may not be taken";
    if (isGiven(config, setting)) throw unusable(setting, new Error(problem));
    log.warn({ setting }, `${problem}, so this door stays closed; set ${setting} to another one`);
    return undefined;
  }
}
