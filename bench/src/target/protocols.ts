/** What a load can speak to our server, by the name in `--protocol`. A new one is a wire and a line here. */
import { randomBytes } from "node:crypto";
import { Ids } from "../load/ids.ts";
import { binaryWire } from "../wire/binary.ts";
import { jsonWire } from "../wire/json.ts";
import { godwitTopics, mqttWire } from "../wire/mqtt.ts";
import type { Cast } from "../wire/native.ts";
import { pollWire } from "../wire/poll.ts";
import { tcpDoor, tcpWire } from "../wire/tcp.ts";
import type { Wire } from "../wire/wire.ts";
import { xmppWire } from "../wire/xmpp.ts";

export interface Spoken {
  /** The settings that open its door on a port of its own; undefined if it is spoken on the web's. */
  readonly door?: (port: number) => Readonly<Record<string, string>>;
  readonly path: string;
  readonly wire: (cast: Cast) => Wire;
  /** Sockets of one connection, if it has more than one. */
  readonly sockets?: number;
}

const ids = () => new Ids(randomBytes(4).readUInt32LE(0));

export const protocols = {
  ws: { path: "/ws", wire: (cast) => jsonWire(cast, ids()) },
  bin: { path: "/ws", wire: (cast) => binaryWire(cast, ids()) },
  // One waits in a poll, the other posts.
  poll: { path: "/api/stream", wire: (cast) => pollWire(cast, ids()), sockets: 2 },
  tcp: { door: tcpDoor, path: "", wire: (cast) => tcpWire(cast, ids()) },
  mqtt: {
    door: (port) => ({ "mqtt.enabled": "true", "mqtt.port": String(port) }),
    path: "",
    wire: (cast) => mqttWire(cast, godwitTopics),
  },
  xmpp: {
    door: (port) => ({
      "xmpp.enabled": "true",
      "xmpp.port": String(port),
      "xmpp.plainWithoutTls": "true",
    }),
    path: "",
    wire: (cast) => xmppWire(cast, ids()),
  },
} satisfies Readonly<Record<string, Spoken>>;

export type ProtocolName = keyof typeof protocols;
export const protocolNames = Object.keys(protocols) as readonly ProtocolName[];
