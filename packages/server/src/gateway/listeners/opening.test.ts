import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../config/config.ts";
import { ConfigError } from "../../config/error.ts";
import type { Log } from "../../lib/log.ts";
import { openDoor } from "./opening.ts";

const taken = () => {
  throw Object.assign(new Error("listen"), { code: "EADDRINUSE" });
};

function logTo(lines: string[]): Log {
  return { warn: (_fields: object, line: string) => void lines.push(line) } as unknown as Log;
}

describe("a port that is taken", () => {
  test("is done without where nobody asked for it, and the setting is named", async () => {
    const lines: string[] = [];
    const config = loadConfig({ env: {}, flags: { "mqtt.enabled": true, "mqtt.tlsPort": 1 } });
    const opening = { setting: "mqtt.port", open: taken };
    expect(await openDoor(opening, { config, log: logTo(lines) })).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("set mqtt.port to another");
  });

  test.each([
    ["a flag", { env: {}, flags: { "mqtt.port": 1883 } }],
    ["the environment", { env: { GODWIT_MQTT_PORT: "1883" } }],
  ])("refuses the start if it was given by %s", async (_name, sources) => {
    const lines: string[] = [];
    const opening = { setting: "mqtt.port", open: taken };
    const start = openDoor(opening, { config: loadConfig(sources), log: logTo(lines) });
    const error = await start.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain("mqtt.port");
    expect(lines).toEqual([]);
  });

  test("is given in a configuration that somebody put together", async () => {
    const config = { ...loadConfig({ env: {} }) };
    const start = openDoor({ setting: "mqtt.port", open: taken }, { config, log: logTo([]) });
    expect(await start.catch((error: unknown) => error)).toBeInstanceOf(ConfigError);
  });
});

test("what else goes wrong is not hidden", async () => {
  const broken = new Error("something else");
  const open = () => Promise.reject(broken);
  const start = openDoor(
    { setting: "mqtt.port", open },
    { config: loadConfig({ env: {} }), log: logTo([]) },
  );
  expect(await start.catch((error: unknown) => error)).toBe(broken);
});
