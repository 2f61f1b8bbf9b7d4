import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mqttWire, plainTopics } from "../wire/mqtt.ts";
import { startRivalServer } from "./rival-server.ts";
import type { Target } from "./target.ts";

/**
 * Debian's MQTT broker as it comes, but for the bounds that a load would run into. It keeps messages in memory. Rejects if it is not installed.
 */
export function startMosquitto(dataParent: string | undefined): Promise<Target> {
  return startRivalServer(
    {
      name: "mosquitto",
      kind: "broker",
      programFolder: "/usr/sbin",
      configure,
      readyMsMax: 5_000,
      durability: "none: messages are in memory",
      wire: (cast) => mqttWire(cast, plainTopics),
      token: "anybody",
    },
    dataParent,
  );
}

function configure(folder: string, port: number): string[] {
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "max_inflight_messages 0",
    "max_queued_messages 0",
    "log_type error",
  ];
  // As root it would become a user who cannot read the folder.
  if (process.getuid?.() === 0) settings.push("user root");
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, `${settings.join("\n")}\n`);
  return ["-c", file];
}
