import { createHash } from "node:crypto";
import { deviceIdPattern, userIdPattern } from "@godwit/protocol";
import { AuthError, type Principal } from "../../../accounts/accounts.ts";
import { refusalOf } from "../../../messaging/committer.ts";
import type { Stream } from "../stream.ts";
import type { Reading } from "./reading.ts";
import { Connected } from "./connected.ts";
import { neverExpires } from "./records.ts";
import { connectReason } from "./refusals.ts";
import type { MqttConfig } from "./config.ts";
import type { Terms } from "./link.ts";
import type { Shared } from "./shared.ts";
import { userTopic } from "./routing.ts";
import { reasons, type Reason } from "./wire/codes.ts";
import type { Connect } from "./wire/packets.ts";
import type { Properties } from "./wire/properties.ts";
import { connack } from "./wire/writer.ts";
import { badWill } from "./will.ts";

const deviceId = new RegExp(deviceIdPattern);
const userId = new RegExp(userIdPattern);
/** A compact JWS, RFC 7515 section 7.1: what a password that is a token looks like. */
const token = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** A CONNECT is refused with this. */
class ConnectRefused extends Error {
  override readonly name = "ConnectRefused";
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Answers a CONNECT: authenticates, finds or begins the session, and lets the client in. Never rejects but for bugs. */
export async function connect(
  client: Reading,
  stream: Stream,
  shared: Shared,
  packet: Connect,
): Promise<void> {
  try {
    const name = deviceOf(packet, shared);
    const principal = await authenticate(shared, packet, name.device, stream.address);
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

/** By a token as the password, or by the password of an account. */
async function authenticate(
  { accounts }: Shared,
  { username, password, properties }: Connect,
  device: string,
  address: string,
): Promise<Principal> {
  if (properties.authMethod !== undefined)
    throw new ConnectRefused(
      reasons.badAuthenticationMethod,
      "There is no enhanced authentication here: give user name and password or token.",
    );
  if (password === undefined)
    throw new ConnectRefused(
      reasons.badUserNameOrPassword,
      "A token or a password is needed, in the field for the password.",
    );
  if (token.test(password)) {
    const principal = await accounts.authenticate(password, device);
    if (username !== undefined && username !== "" && username !== principal.user)
      throw new ConnectRefused(reasons.badUserNameOrPassword, "The token is another user's.");
    return principal;
  }
  if (username === undefined || !userId.test(username))
    throw new ConnectRefused(reasons.badUserNameOrPassword, "The user name is none.");
  const login = { user: username, password, address, device, platform: "device" as const };
  const signedIn = await accounts.login(login);
  return accounts.authenticate(signedIn.token, device);
}

interface Entrance {
  readonly client: Reading;
  readonly stream: Stream;
  readonly shared: Shared;
  readonly packet: Connect;
  readonly principal: Principal;
  readonly device: string;
  readonly isAssigned: boolean;
}

/** One at a time for each device. */
async function enter(entrance: Entrance): Promise<void> {
  const { client, stream, shared, packet, principal, device } = entrance;
  const { registry, sessions, config } = shared;
  const { user } = principal;
  // MQTT 5.0 section 3.1.4: whoever is connected under this id is sent away first.
  const before = registry.find(user, device);
  before?.attached?.displaced();
  const expiryS = expiryOf(packet, config);
  const opened = await registry.open(user, device, { clean: packet.clean, expiryS });
  const { session, present } = opened;
  session.will = packet.will;
  const connected = new Connected({ client, stream, shared, session, terms: termsOf(packet) });
  const own = session.own?.ended === false ? session.own : undefined;
  const greeted = await shared.greeter.admit(
    principal,
    {
      device,
      platform: "device",
      client: `mqtt ${packet.version === 5 ? "5.0" : "3.1.1"}`,
      ...(own === undefined ? {} : { resume: { session: own.id, position: own.ring.start } }),
    },
    connected,
  );
  if ("error" in greeted) {
    registry.leave(session, false);
    throw new ConnectRefused(
      connectReason(greeted.error),
      greeted.detail ?? "The server cannot take this connection now.",
    );
  }
  session.own = greeted.session;
  if (client.over || greeted.session.ended || greeted.session.connection !== connected) {
    sessions.detach(greeted.session, connected);
    registry.leave(session, false);
    return;
  }
  registry.attach(session, connected);
  client.enter(connected);
  const keepAliveS = keepAliveOf(packet, config);
  stream.admitted(keepAliveS === 0 ? Number.POSITIVE_INFINITY : keepAliveS * 1_500);
  const answer = answerOf(entrance, { user, expiryS, keepAliveS });
  stream.write(connack(packet.version, present, 0, answer));
  connected.begin(greeted, present);
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

/** What most clients say of themselves: nothing. */
const terms4: Terms = Object.freeze({
  version: 4,
  receiveMax: 65_535,
  packetBytesMax: Number.POSITIVE_INFINITY,
  topicAliasMax: 0,
  wantsReasons: false,
});

function termsOf({ version, properties }: Connect): Terms {
  if (version === 4) return terms4;
  return {
    version,
    receiveMax: properties.receiveMax ?? terms4.receiveMax,
    packetBytesMax: properties.packetBytesMax ?? terms4.packetBytesMax,
    topicAliasMax: properties.topicAliasMax ?? 0,
    wantsReasons: properties.requestProblemInformation !== 0,
  };
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
