import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mqttWire, plainTopics } from "../wire/mqtt.ts";
import { DataFolder, freePort, listens, startChild } from "./child.ts";
import type { Target } from "./target.ts";

const readyMsMax = 5_000;

/**
 * Debian's MQTT broker as it comes, but for the bounds that a load would run into. It keeps messages in memory. Rejects if it is not installed.
 */
export async function startMosquitto(dataParent: string | undefined): Promise<Target> {
  const program = Bun.which("mosquitto", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });
  if (program === null)
    throw new Error("--against mosquitto needs the broker: apt-get install mosquitto");
  const data = new DataFolder(dataParent);
  const port = freePort();
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "max_inflight_messages 0",
    "max_queued_messages 0",
    "log_type error",
  ];
  const file = join(data.path, "mosquitto.conf");
  writeFileSync(file, `${settings.join("\n")}\n`);
  // As root it would become a user who cannot read the folder.
  if (process.getuid?.() === 0) writeFileSync(file, "user root\n", { flag: "a" });
  const child = startChild([program, "-c", file], {});
  const startMs = performance.now();
  while (!(await listens(port))) {
    if (performance.now() - startMs < readyMsMax) await Bun.sleep(20);
    else {
      await child.stop("SIGKILL");
      data.remove();
      throw new Error(`mosquitto did not listen: ${child.output()}`);
    }
  }
  return {
    name: "mosquitto",
    isServer: false,
    endpoint: { hostname: "127.0.0.1", port, path: "" },
    pid: child.pid,
    durability: "none: messages are in memory",
    prefix: "u",
    wire: (cast) => mqttWire(cast, plainTopics),
    token: () => "anybody",
    output: () => child.output(),
    async stop() {
      await child.stop();
      data.remove();
    },
  };
}
