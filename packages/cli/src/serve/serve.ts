import { loadConfig, type Config } from "@godwit/server/config";
import type { Context } from "../context.ts";
import { version } from "../version.ts";
import { banner } from "./banner.ts";
import { serveFlags, type ServeOptions } from "./flags.ts";
import { explainRefusal } from "./refusal.ts";
import { withWebClient } from "./web-client.ts";

/** One Ctrl-C can reach the process twice: from the terminal and from a launcher that passes it on. */
const sameSignalMs = 300;

/** Runs a server until it is told to stop. Resolves to the exit code; rejects with `CliError` if it refuses to start. */
export async function serve(context: Context, options: ServeOptions): Promise<number> {
  let config: Config | undefined;
  try {
    config = withWebClient(
      loadConfig({
        file: options.config ?? context.env["GODWIT_CONFIG"],
        env: context.env,
        flags: serveFlags(context, options),
      }),
    );
    const plan =
      options.demo === undefined
        ? undefined
        : (await import("./demo.ts")).demoPlan(context, options.demo);
    const preparedAdmin = await plan?.prepare(config);
    const { startServer } = await import("@godwit/server");
    const server = await startServer(config);
    // The runtime would end the process, and with it every other user's connection. Until here that is what a start that fails should do.
    process.on("unhandledRejection", server.unhandled);
    const demo = await plan?.start(server).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    // Before anything is said: whoever reads that it is ready may stop it.
    const stopped = untilStopped(context, async () => {
      await demo?.stop();
      await server.stop();
    });
    // Measured from the start of the process, which is what a person waits for.
    const tookMs = performance.now();
    for (const line of banner(context, {
      version,
      config,
      port: server.port,
      ports: server.ports,
      tookMs,
      firstAdmin: server.firstAdmin ?? preparedAdmin,
      demo: demo !== undefined,
    }))
      context.out(line);
    return await stopped;
  } catch (error) {
    throw await explainRefusal(context, error, config);
  }
}

/** Waits for SIGINT or SIGTERM, then for the drain; a second signal ends the process at once. */
function untilStopped(context: Context, stop: () => Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        context.err(context.t("serve.draining"));
        stop().then(() => {
          context.err(context.t("serve.stopped"));
          resolve(0);
        }, reject);
      } else if (performance.now() - firstAt > sameSignalMs) {
        context.err(context.t("serve.at_once"));
        process.exit(signal === "SIGINT" ? 130 : 143);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}
