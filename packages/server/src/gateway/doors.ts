/** The ways into the server beside the web's, one for each protocol. A new one is a line in the list and a function below. */
import type { Store } from "../store/port.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { Dispatcher } from "../session/dispatch.ts";
import type { Greeter } from "../session/greeter.ts";
import type { Sessions } from "../session/sessions.ts";
import { BoshListener } from "./bosh/listener.ts";
import type { Admission } from "./listeners/admission.ts";
import type { Opening } from "./listeners/opening.ts";
import { StreamListener, streamListenerConfig } from "./listeners/tcp.ts";
import type { Mount } from "./listeners/web-stream.ts";
import { BinProtocol } from "./protocols/bin/protocol.ts";
import { MqttProtocol } from "./protocols/mqtt/protocol.ts";
import type { NativeProtocol } from "./protocols/native.ts";
import { xmppConfig } from "./protocols/xmpp/config.ts";
import { XmppProtocol } from "./protocols/xmpp/protocol.ts";

/** What the protocols are made of. */
export interface DoorDeps {
  readonly config: Config;
  readonly accounts: Accounts;
  readonly logic: {
    readonly greeter: Greeter;
    readonly sessions: Sessions;
    readonly dispatcher: Dispatcher;
    readonly protocol: NativeProtocol;
  };
  /** Small durable values of the protocols' own. */
  readonly records: Pick<Store["accounts"], "setting" | "initSetting" | "putSetting">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Where one protocol is to be spoken: on ports of its own, and over WebSocket on paths of the web's port. */
export interface Ways {
  readonly openings: readonly Opening[];
  readonly mounts: readonly Mount[];
  /** By requests to the web's port. */
  readonly bosh?: BoshListener;
}

/** The ways of one protocol, as the configuration wants them; all count connections against the same bounds. */
export type Door = (deps: DoorDeps, admission: Admission, webPort: () => number) => Ways;

const closed: Ways = { openings: [], mounts: [] };

/** The native protocol over TCP, and over TLS on the same port. */
const tcp: Door = ({ config, logic, clock, log }, admission) => {
  if (!config.tcp.enabled) return closed;
  const protocol = new BinProtocol({
    limits: {
      ...config.tcp,
      writeBufferBytesMax: config.limits.writeBufferBytesMax,
      connectDeadlineMs: config.sessions.connectDeadlineMs,
    },
    compression: config.tcp.compression === "asked",
    native: logic.protocol,
    admission,
    clock,
  });
  const open = () =>
    new StreamListener({
      name: "tcp",
      config: { ...streamListenerConfig(config), port: config.tcp.port, encryption: "detect" },
      protocol,
      admission,
      clock,
      log,
    });
  return { openings: [{ setting: "tcp.port", open }], mounts: [] };
};

/** MQTT over TCP, TLS and WebSocket. */
const mqtt: Door = (deps, admission) => {
  const { config, logic, accounts, records, clock, random, log } = deps;
  if (!config.mqtt.enabled) return closed;
  const protocol = new MqttProtocol({
    config: { ...config.mqtt, packetBytesMax: config.limits.frameBytesMax },
    ...logic,
    accounts,
    records,
    clock,
    random,
    log,
  });
  const listen = (name: string, port: number, encryption: "asked" | "direct") => () =>
    new StreamListener({
      name,
      config: { ...streamListenerConfig(config), port, encryption },
      protocol,
      admission,
      clock,
      log,
    });
  const plain = { setting: "mqtt.port", open: listen("mqtt", config.mqtt.port, "asked") };
  const tls = { setting: "mqtt.tlsPort", open: listen("mqtts", config.mqtt.tlsPort, "direct") };
  return {
    openings: config.listen.tls === undefined ? [plain] : [plain, tls],
    mounts: [{ path: "/mqtt", subprotocol: "mqtt", protocol }],
  };
};

/** XMPP over TCP with STARTTLS, direct TLS, WebSocket (RFC 7395) and BOSH (XEP-0124). */
const xmpp: Door = (deps, admission, webPort) => {
  const { config, logic, accounts, records, clock, random, log } = deps;
  if (!config.xmpp.enabled) return closed;
  const protocol = new XmppProtocol({
    config: xmppConfig(config),
    ...logic,
    accounts,
    records,
    clock,
    random,
    log,
  });
  const listen = (name: string, port: number, encryption: "detect" | "direct") => () =>
    new StreamListener({
      name,
      config: { ...streamListenerConfig(config), port, encryption },
      protocol: protocol.sockets,
      admission,
      clock,
      log,
    });
  const plain = { setting: "xmpp.port", open: listen("xmpp", config.xmpp.port, "detect") };
  const tls = { setting: "xmpp.tlsPort", open: listen("xmpps", config.xmpp.tlsPort, "direct") };
  return {
    openings: config.listen.tls === undefined ? [plain] : [plain, tls],
    mounts: [{ path: "/xmpp", subprotocol: "xmpp", protocol: protocol.frames }],
    bosh: new BoshListener({
      config: {
        bodyBytesMax: config.limits.frameBytesMax,
        writeBufferBytesMax: config.limits.writeBufferBytesMax,
        connectDeadlineMs: config.sessions.connectDeadlineMs,
        secure: config.listen.tls !== undefined,
      },
      protocol: protocol.frames,
      admission,
      clock,
      random,
      port: webPort,
    }),
  };
};

export const doors: readonly Door[] = [tcp, mqtt, xmpp];
