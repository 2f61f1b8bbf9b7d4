/** MQTT 3.1.1 at QoS 1 for loads: packets written and read by hand, the same for our server and for others. */
import type { Route, Wire, Ears } from "./wire.ts";
import { sampleEvery } from "./native.ts";
import type { Cast } from "./native.ts";

/** Where a server keeps what a load publishes. */
export interface Topics {
  /** What is for one user. */
  readonly user: (name: string) => string;
  /** What is for everybody in the group of the load. */
  readonly group: (conversation: string) => string;
}

export const godwitTopics: Topics = {
  user: (name) => `g/u/${name}`,
  group: (conversation) => `g/c/${conversation}`,
};

export const plainTopics: Topics = {
  user: (name) => `bench/${name}`,
  group: () => "bench/group",
};

const types = {
  connect: 0x10,
  connack: 0x20,
  publish: 0x32,
  retained: 0x33,
  puback: 0x40,
  subscribe: 0x82,
  suback: 0x90,
  pingreq: 0xc0,
  pingresp: 0xd0,
} as const;

const keepAliveS = 120;
const packetIds = 65_535;
/** Senders of a group at most, so that sender and count make one number; a pair needs two. */
const groupSenders = 10;

/** Acknowledgements of one connection, which come in the order of the messages and name only a packet identifier. */
interface Count {
  acknowledged: number;
}

export function mqttWire(cast: Cast, topics: Topics): Wire {
  const counts = new WeakMap<Ears, Count>();
  let group: string | undefined;
  const width = () => (group === undefined ? 2 : groupSenders);
  /** Messages have no numbers in MQTT: one for each sender and `n`. */
  const seqOf = (sender: number, n: number) => (n - 1) * width() + (sender % width()) + 1;
  const filterOf = (user: number) => group ?? topics.user(cast.prefix + user);
  const welcome = {
    session: "",
    position: 0,
    resumed: false,
    syncRequired: false,
    heartbeatMs: keepAliveS * 1_000,
  };

  const heard = (bytes: Buffer, from: number, to: number, ears: Ears): void => {
    const at = bodyAt(bytes, from);
    const topicEnd = at + 2 + bytes.readUInt16BE(at);
    ears.answer(Buffer.of(types.puback, 2, bytes[topicEnd] ?? 0, bytes[topicEnd + 1] ?? 0));
    const payload = topicEnd + 2;
    const [sender, n] = readText(bytes, payload);
    // In its own topic a sender gets its own messages too, which its acknowledgements stand for. And some are not of the load.
    if (sender === ears.number || sender < 0) return;
    if (n % sampleEvery === 0) check(bytes.toString("latin1", payload, to), sender, n, cast);
    ears.message(sender, n, seqOf(sender, n));
  };

  return {
    name: "mqtt",
    carrier: { by: "stream", walk },
    ordersBySender: true,
    hello: ({ user, token, device }) => connect(cast.prefix + user, token, device ?? "bench"),
    probe: () => Buffer.of(types.pingreq, 0),
    about(conversation) {
      group = topics.group(conversation);
    },
    command(type): never {
      throw new Error(`MQTT knows no ${type}`);
    },
    received: () => undefined,

    sender(route: Route) {
      const topic =
        group === undefined
          ? topics.user(cast.prefix + route.receiver)
          : topics.group(route.conversation);
      return (out, at, n) => writePublish(out, at, topic, n, textOf(route.sender, n, cast));
    },

    hear(bytes, from, to, ears) {
      switch (bytes[from]) {
        case types.publish:
        case types.retained:
          return heard(bytes, from, to, ears);
        case types.puback: {
          const count = counts.get(ears) ?? { acknowledged: 0 };
          counts.set(ears, count);
          const n = ++count.acknowledged;
          if (bytes.readUInt16BE(from + 2) !== packetIdOf(n))
            throw new Error(
              `an acknowledgement out of order: ${bytes.readUInt16BE(from + 2)} for ${n}`,
            );
          return ears.acknowledged(n, seqOf(ears.number, n));
        }
        case types.connack:
          if (bytes[from + 3] !== 0) throw new Error(`CONNACK with ${bytes[from + 3]}`);
          return ears.answer(subscribe(filterOf(ears.number)));
        case types.suback:
          if (bytes[from + 4] !== 1) throw new Error(`SUBACK with ${bytes[from + 4]}`);
          return ears.welcome(welcome);
        case types.pingresp:
          return ears.welcome(welcome);
        default:
          throw new Error(`an MQTT packet of type ${String(bytes[from])}`);
      }
    },
  };
}

function packetIdOf(n: number): number {
  return ((n - 1) % packetIds) + 1;
}

/** Sender and count, filled up to the bytes of the load. */
function textOf(sender: number, n: number, { payloadBytes }: Cast): string {
  return `${sender} ${n} `.padEnd(payloadBytes, "x");
}

function check(text: string, sender: number, n: number, cast: Cast): void {
  if (text !== textOf(sender, n, cast))
    throw new Error(`a message was changed on its way: ${text}`);
}

/** The two numbers at the beginning of a payload. */
function readText(bytes: Buffer, from: number): [sender: number, n: number] {
  const numbers: [number, number] = [0, 0];
  let at = from;
  for (const index of [0, 1] as const) {
    let byte = bytes[at++] ?? 0;
    for (; byte >= 48 && byte <= 57; byte = bytes[at++] ?? 0)
      numbers[index] = numbers[index] * 10 + byte - 48;
    if (byte !== 32) return [-1, -1];
  }
  return numbers;
}

/** Where the body of a packet begins, behind its Remaining Length. */
function bodyAt(bytes: Buffer, from: number): number {
  let at = from + 1;
  while ((bytes[at++] ?? 0) >= 128);
  return at;
}

function walk(bytes: Buffer, end: number, frame: (from: number, to: number) => void): number {
  let at = 0;
  for (;;) {
    let length = 0;
    let next = at + 1;
    let byte = 128;
    for (let scale = 1; byte >= 128; scale *= 128) {
      if (next >= end) return at;
      byte = bytes[next++] as number;
      length += (byte & 127) * scale;
    }
    if (next + length > end) return at;
    frame(at, next + length);
    at = next + length;
  }
}

function writePublish(out: Buffer, from: number, topic: string, n: number, text: string): number {
  const length = 2 + topic.length + 2 + text.length;
  let at = from;
  out[at++] = types.publish;
  for (let rest = length; ; rest >>>= 7) {
    out[at++] = rest > 127 ? (rest & 127) | 128 : rest;
    if (rest <= 127) break;
  }
  at = out.writeUInt16BE(topic.length, at);
  at += out.latin1Write(topic, at);
  at = out.writeUInt16BE(packetIdOf(n), at);
  return at + out.latin1Write(text, at);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function packet(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [type];
  for (let rest = body.length; ; rest >>>= 7) {
    head.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from(head), body]);
}

/** Clean, with user name and token; MQTT 3.1.1 section 3.1. */
function connect(user: string, token: string, device: string): Buffer {
  const keepAlive = Buffer.alloc(2);
  keepAlive.writeUInt16BE(keepAliveS);
  const clientId = text(`${device}-${user}`.replaceAll(/[^\w.-]/g, "-").slice(0, 64));
  return packet(
    types.connect,
    text("MQTT"),
    Buffer.of(4, 0xc2),
    keepAlive,
    clientId,
    text(user),
    text(token),
  );
}

function subscribe(filter: string): Buffer {
  return packet(types.subscribe, Buffer.of(0, 1), text(filter), Buffer.of(1));
}
