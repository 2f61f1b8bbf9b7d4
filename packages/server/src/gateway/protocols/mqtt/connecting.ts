import { createHash } from "node:crypto";
import { deviceIdPattern } from "@godwit/protocol";
import { AuthError, type Principal } from "../../../accounts/accounts.ts";
import { refusalOf } from "../../../messaging/committer.ts";
import type { Stream } from "../stream.ts";
import type { Connection } from "../../../hub/connection.ts";
import type { Greeted } from "../../../session/greeter.ts";
import { neverExpires } from "./records.ts";
import { authenticate } from "./credentials.ts";
import { connectReason, ConnectRefused } from "./refusals.ts";
import type { MqttConfig } from "./config.ts";
import type { Shared } from "./shared.ts";
import { userTopic } from "./own-topic.ts";
import { MqttSession } from "./session.ts";
import { reasons, type Reason } from "./wire/codes.ts";
import type { Connect, Version } from "./wire/packets.ts";
import type { Properties } from "./wire/properties.ts";
import { connack } from "./wire/writer.ts";
import { badWill } from "./will.ts";

const deviceId = new RegExp(deviceIdPattern);
/** A client that wants to come in. */
export interface Entrant extends Connection {
  readonly shared: Shared;
  /** Whether its connection has ended. */
  readonly over: boolean;
  /** As whoever is connected with a session. */
  readonly live: boolean;
  displaced(): void;
  /** Answers the CONNECT with a refusal, and ends the connection. */
  refuse(version: Version, reason: Reason, why: string): void;
  /** It has this session from now on. */
  enter(session: MqttSession): void;
  /** Begins to deliver. The CONNACK has been written. */
  begin(greeted: Greeted, present: boolean): void;
}

/** Answers a CONNECT: authenticates, finds or begins the session, and lets the client in. Never rejects but for bugs. */
export async function connect(client: Entrant, stream: Stream, packet: Connect): Promise<void> {
  const { shared } = client;
  try {
    const name = deviceOf(packet, shared);
    const principal = await authenticate(shared.accounts, packet, name.device, stream.address);
    const bad = packet.will && badWill(packet.will, principal.user, shared.config);
    if (bad !== undefined) throw new ConnectRefused(reasons.topicNameInvalid, bad);
    const { user } = principal;
    await shared.turns.run(`${user} ${name.device}`, () =>
      enter({ client, stream, shared, packet, principal, ...name }),
    );
  } catch (error) {
    if (client.over) return;
    if (error instanceof ConnectRefused) client.refuse(packet.version, error.reason, error.message);
    else if (error instanceof AuthError)
      client.refuse(packet.version, connectReason(error.reason), error.message);
    else {
      const refusal = refusalOf(error);
      if (refusal.error === "internal") throw error;
      client.refuse(packet.version, connectReason(refusal.error), "The store does not answer now.");
    }
  }
}

/**
 * The client id as a device id. One that is none by its characters or its length becomes a hash of itself, always the same; an empty one is given out, where the client
 * can be told or does not need to know.
 */
function deviceOf(
  { clientId, version, clean }: Connect,
  { random }: Shared,
): { readonly device: string; readonly isAssigned: boolean } {
  if (deviceId.test(clientId)) return { device: clientId, isAssigned: false };
  if (clientId === "") {
    if (version === 4 && !clean)
      throw new ConnectRefused(
        reasons.clientIdentifierNotValid,
        "A session that is kept needs a client id.",
      );
    return { device: `mqtt-${Buffer.from(random.bytes(9)).toString("hex")}`, isAssigned: true };
  }
  const digest = createHash("sha256").update(clientId).digest("hex");
  return { device: `mqtt-${digest.slice(0, 32)}`, isAssigned: false };
}

interface Entrance {
  readonly client: Entrant;
  readonly stream: Stream;
  readonly shared: Shared;
  readonly packet: Connect;
  readonly principal: Principal;
  readonly device: string;
  readonly isAssigned: boolean;
}

/** One at a time for each device. Until the client is admitted nothing of the session changes but that whoever was connected with it is gone. */
async function enter(entrance: Entrance): Promise<void> {
  const { shared, packet, principal, device } = entrance;
  const { registry } = shared;
  const { user } = principal;
  // MQTT 5.0 section 3.1.4: whoever is connected under this id is sent away first.
  const displaced = registry.find(user, device)?.attached;
  displaced?.displaced();
  const held = registry.find(user, device);
  try {
    const known = packet.clean ? undefined : (held ?? (await registry.restored(user, device)));
    const session = known ?? new MqttSession(user, device);
    const persistent = expiryOf(packet, shared.config) > 0;
    // A new session that is to last is written over what is remembered of one before.
    if (packet.clean && !persistent) await registry.forget(user, device);
    const greeted = await admit(entrance, session);
    await begin(entrance, session, greeted, known !== undefined);
  } catch (error) {
    if (displaced !== undefined && held !== undefined) registry.leave(held, false);
    throw error;
  }
}

/** The server's session, with this connection. */
async function admit(entrance: Entrance, { own }: MqttSession): Promise<Greeted> {
  const { client, shared, packet, principal, device } = entrance;
  const greeted = await shared.greeter.admit(
    principal,
    {
      device,
      platform: "device",
      client: `mqtt ${packet.version === 5 ? "5.0" : "3.1.1"}`,
      ...(own === undefined || own.ended
        ? {}
        : { resume: { session: own.id, position: own.ring.start } }),
    },
    client,
  );
  if (!("error" in greeted)) return greeted;
  throw new ConnectRefused(
    connectReason(greeted.error),
    greeted.detail ?? "The server cannot take this connection now.",
  );
}

/** The client is admitted: the session is what its CONNECT says. */
async function begin(
  entrance: Entrance,
  session: MqttSession,
  greeted: Greeted,
  present: boolean,
): Promise<void> {
  const { client, stream, shared, packet } = entrance;
  const { registry, sessions, config } = shared;
  registry.enter(session);
  session.own = greeted.session;
  if (!present) session.beganAtMs = shared.clock.now();
  session.expiryS = expiryOf(packet, config);
  // Of the connection before: a client that is back in time is not gone (MQTT 5.0 section 3.1.3.2.2).
  session.will = undefined;
  // Also of a session that was there: its record says since when it was alone, and would end it after a crash.
  if (session.persistent) await registry.save(session);
  if (client.over || greeted.session.ended || greeted.session.connection !== client) {
    sessions.detach(greeted.session, client);
    registry.leave(session, false);
    return;
  }
  session.will = packet.will;
  client.enter(session);
  registry.attach(session, client);
  const keepAliveS = keepAliveOf(packet, config);
  stream.admitted(keepAliveS === 0 ? Number.POSITIVE_INFINITY : keepAliveS * 1_500);
  const granted = { user: session.user, expiryS: session.expiryS, keepAliveS };
  stream.write(connack(packet.version, present, 0, answerOf(entrance, granted)));
  client.begin(greeted, present);
}

/** MQTT 3.1.1 has no expiry: a session that is not clean is kept for as long as any is. */
function expiryOf({ version, clean, properties }: Connect, config: MqttConfig): number {
  const asked = version === 4 ? (clean ? 0 : neverExpires) : (properties.sessionExpiryS ?? 0);
  return Math.min(asked, config.sessionExpirySecondsMax);
}

/** Seconds of which one and a half may pass in silence; 0: any time may. */
function keepAliveOf(
  { keepAliveS, version }: Connect,
  { keepAliveSecondsMax }: MqttConfig,
): number {
  // A client of 3.1.1 cannot be told another than its own.
  if (version === 4) return keepAliveS;
  return keepAliveS === 0 ? keepAliveSecondsMax : Math.min(keepAliveS, keepAliveSecondsMax);
}

/** What a CONNACK of MQTT 5.0 tells. */
function answerOf(
  { packet, shared, device, isAssigned }: Entrance,
  granted: { readonly user: string; readonly expiryS: number; readonly keepAliveS: number },
): Properties {
  const { config } = shared;
  const answer: Properties = {
    receiveMax: config.receiveMax,
    packetBytesMax: config.packetBytesMax,
    topicAliasMax: config.topicAliasMax,
  };
  if (granted.expiryS !== (packet.properties.sessionExpiryS ?? 0))
    answer.sessionExpiryS = granted.expiryS;
  if (granted.keepAliveS !== packet.keepAliveS) answer.serverKeepAliveS = granted.keepAliveS;
  if (isAssigned) answer.assignedClientId = device;
  if (packet.properties.requestResponseInformation === 1)
    answer.responseInformation = userTopic(granted.user);
  return answer;
}
