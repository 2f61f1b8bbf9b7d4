import { mqttSettings } from "./mqtt.ts";
import { tcpSettings } from "./tcp.ts";
import { xmppSettings } from "./xmpp.ts";

/** The groups of settings of the protocols that have doors of their own, by name. */
export const protocolSettings = {
  tcp: tcpSettings,
  mqtt: mqttSettings,
  xmpp: xmppSettings,
};

/**
 * Settings that keep every door but the web's closed. For tests and measurements: many servers run on one machine, and each asks for the door it needs with
 * `{"mqtt.enabled": true, "mqtt.port": 0}`.
 */
export const doorsClosed: Readonly<Record<string, false>> = Object.fromEntries(
  Object.keys(protocolSettings).map((name) => [`${name}.enabled`, false]),
);
