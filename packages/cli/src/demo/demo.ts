import { GodwitError } from "@godwit/client";
import type { RunningServer } from "@godwit/server";
import { Dice } from "./dice.ts";
import { Life } from "./life.ts";
import { Manners } from "./manners.ts";
import { Pace } from "./pace.ts";
import { Troupe } from "./troupe.ts";
import { Visitors } from "./visitors.ts";

export interface DemoOptions {
  /** Makes chance repeatable. */
  readonly seed: number;
  /** 0.1: everything takes a tenth of its time. By default 1. */
  readonly pace?: number;
  /** Told what went wrong, a few times a minute at most. */
  readonly warn: (text: string) => void;
}

export interface Demo {
  stop(): Promise<void>;
}

const warningsPerMinuteMax = 5;
/** What comes of a connection that is lost or given up: the SDK sees to it. */
const expected = new Set<string>(["closed", "offline", "connection_lost"]);

/**
 * Lets the bots live on a running server: they connect to it like any client, in this process. Resolves when they are there. What goes wrong later is told and
 * stops nothing.
 */
export async function startDemo(
  server: Pick<RunningServer, "accounts" | "url">,
  { seed, pace: factor = 1, warn }: DemoOptions,
): Promise<Demo> {
  const pace = new Pace(factor);
  const dice = new Dice(seed);
  const failed = reporter(pace, warn);
  const troupe = new Troupe(server);
  try {
    await troupe.gather();
  } catch (error) {
    await troupe.leave();
    throw error;
  }
  const manners = new Manners({ troupe, dice, pace, stirred: () => life.stir(), failed });
  const life: Life = new Life({ troupe, manners, dice, pace, failed });
  const visitors = new Visitors({
    troupe,
    manners,
    accounts: server.accounts,
    dice,
    pace,
    came(users) {
      life.stir();
      life.expect(users).catch(failed);
    },
    failed,
  });
  const running = [visitors.run(), life.run()].map((run) => run.catch(failed));
  return {
    async stop() {
      pace.stop();
      await troupe.leave();
      await Promise.all(running);
    },
  };
}

/** Tells failures, but not without end, and not those of stopping. */
function reporter(pace: Pace, warn: (text: string) => void): (error: unknown) => void {
  let minute = { endsMs: 0, warnings: 0 };
  return (error) => {
    if (pace.stopped || (error instanceof GodwitError && expected.has(error.name))) return;
    const nowMs = performance.now();
    if (nowMs >= minute.endsMs) minute = { endsMs: nowMs + 60_000, warnings: 0 };
    if (minute.warnings++ < warningsPerMinuteMax)
      warn(error instanceof Error ? error.message : String(error));
  };
}
