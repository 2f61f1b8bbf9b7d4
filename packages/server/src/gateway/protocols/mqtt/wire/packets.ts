/** The packets that a client sends (MQTT 5.0 chapter 3, MQTT 3.1.1 chapter 3), as plain data. */
import type { Properties } from "./properties.ts";

export type Version = 4 | 5;
export type Qos = 0 | 1 | 2;

/** A short plain text is one already. A view into what was received, otherwise: valid only while the packet is handled. */
export type Payload = string | Buffer;

/** For a packet that is handled later. */
export function kept(payload: Payload): Payload {
  return typeof payload === "string" ? payload : Buffer.from(payload);
}

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly properties: Properties;
}

export interface Connect {
  readonly type: "connect";
  readonly version: Version;
  readonly clean: boolean;
  readonly keepAliveS: number;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly will: Will | undefined;
  readonly properties: Properties;
}

export interface Publish {
  readonly type: "publish";
  /** Empty if a topic alias stands for it. */
  readonly topic: string;
  readonly qos: Qos;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly payload: Payload;
  readonly properties: Properties | undefined;
}

export interface Acknowledgement {
  readonly type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  readonly packetId: number;
  readonly reason: number;
}

export interface Subscription {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0: retained messages are sent, 1: only if the subscription is new, 2: not. */
  readonly retainHandling: 0 | 1 | 2;
}

export interface Subscribe {
  readonly type: "subscribe";
  readonly packetId: number;
  readonly subscriptions: readonly Subscription[];
  readonly subscriptionId: number | undefined;
}

export interface Unsubscribe {
  readonly type: "unsubscribe";
  readonly packetId: number;
  readonly filters: readonly string[];
}

export interface Disconnect {
  readonly type: "disconnect";
  readonly reason: number;
  readonly properties: Properties;
}

export interface Ping {
  readonly type: "pingreq";
}

export interface Auth {
  readonly type: "auth";
  readonly reason: number;
  readonly properties: Properties;
}

export type ClientPacket =
  | Connect
  | Publish
  | Acknowledgement
  | Subscribe
  | Unsubscribe
  | Disconnect
  | Ping
  | Auth;
