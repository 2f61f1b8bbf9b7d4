import type { RunningServer } from "@godwit/server";
import type { Config } from "@godwit/server/config";
import type { Context } from "../context.ts";
import { startDemo, type Demo } from "../demo/demo.ts";
import { Dice } from "../demo/dice.ts";
import { isFresh, writeHistory } from "../demo/history.ts";
import { CliError } from "../error.ts";

/** What `--demo` adds to a server. */
export interface DemoPlan {
  /** Before the server starts: fills a data folder that is new to the demo. Returns the administrator that was made by that. */
  prepare(config: Config): Promise<RunningServer["firstAdmin"]>;
  /** On the running server. */
  start(server: RunningServer): Promise<Demo>;
}

/** Reads the flag; undefined without it. Throws `CliError` for a seed that is none. */
export function demoPlan(context: Context, flag: true | string | undefined): DemoPlan | undefined {
  if (flag === undefined) return undefined;
  const seed = flag === true ? Date.now() : Number(flag);
  if (!Number.isSafeInteger(seed) || flag === "")
    throw new CliError(
      context.t("serve.demo.seed", { value: String(flag) }),
      context.t("serve.demo.seed.remedy"),
      2,
    );
  return {
    async prepare(config) {
      const { t } = context;
      if (config.listen.tls !== undefined)
        throw new CliError(t("serve.demo.tls"), t("serve.demo.tls.remedy"));
      if (config.store.engine === "memory" || !(await isFresh(config))) return undefined;
      let told = 0;
      return writeHistory(config, new Dice(seed), (share) => {
        const percent = Math.floor(share * 4) * 25;
        if (percent > told) context.err(t("serve.demo.history", { percent }));
        told = percent;
      });
    },
    start: (server) =>
      startDemo(server, {
        seed,
        warn: (text) => context.err(context.t("serve.demo.trouble", { text })),
      }),
  };
}
