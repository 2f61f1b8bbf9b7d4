/**
 * `drill migrate`: connections are broken in the middle of traffic, thousands of times and in several ways, and each client comes back from another address and over
 * another transport, within the life of its session's buffer or after it. Then every acknowledged message is looked up.
 */
import { directId } from "@godwit/protocol";
import { randomBytes } from "node:crypto";
import type { Voice } from "../console.ts";
import type { Options } from "../options.ts";
import { DataFolder, freePort } from "../target/child.ts";
import { loadSettings, serve } from "../target/godwit.ts";
import { hostToken } from "../target/token.ts";
import { makeGroup, readLogs, say, seeded, settle, type Place } from "./cast.ts";
import type { Peer } from "./peer.ts";
import { FaultProxy } from "./proxy.ts";
import { RawPeer } from "./raw-peer.ts";
import { DrillRecord } from "./record.ts";
import type { Verdict } from "./record.ts";
import { SdkPeer } from "./sdk-peer.ts";
import { noJourneys, wandering, wayNames, type Journeys } from "./ways.ts";

export interface MigrateReport extends Omit<Verdict, "findings"> {
  readonly drill: "migrate";
  readonly seconds: number;
  readonly seed: number;
  /** Connections that were broken, in all and by how. */
  readonly cuts: number;
  readonly cuts_by_fault: Readonly<Record<FaultName, number>>;
  /** Absences that outlasted the session's buffer. */
  readonly absences: number;
  /** Of the SDK's clients: connections welcomed, by transport; sessions resumed, on another transport than before, begun anew. */
  readonly welcomes: Journeys["welcomes"];
  readonly resumed: number;
  readonly moved: number;
  readonly begun: number;
  readonly conversations: number;
  readonly durability: string;
  readonly failures: readonly string[];
}

type FaultName = "cut" | "silence" | "straggle" | "delay" | "slow";

/** How long a session waits for its client; absences are shorter as a rule, and sometimes longer. */
const resumeMs = 800;
const absenceMs = 1_500;
const absenceShare = 0.03;
/** One client in turn has its connections broken that often. */
const cutEveryMs = 6;
const sendEveryMs = 8;
/** How late the end of a connection is that straggles behind the next one, or dies in silence. */
const lateMsMax = 300;
/** The shortest there is, so that dead connections are found out while the drill lasts. */
const heartbeatMs = 1_000;

/** A client behind proxies of its own. */
interface Traveller {
  readonly peer: Peer;
  readonly proxies: readonly FaultProxy[];
  /** Goes another way without waiting for the news that the connection is lost. */
  readonly abandon: () => void;
  /** Until when the network is away for it. */
  awayUntilMs: number;
}

/** Runs the drill. The seed chooses whose connections break when and how, and which way they come back. */
export async function migrate(options: Options, voice: Voice): Promise<MigrateReport> {
  const data = new DataFolder(options.data);
  const secret = randomBytes(32).toString("hex");
  const ports = { web: freePort(), tcp: freePort() };
  const { child } = await serve(data.path, ports.web, {
    ...loadSettings(secret),
    "tcp.enabled": "true",
    "tcp.port": String(ports.tcp),
    "sessions.resumeMs": String(resumeMs),
    "sessions.heartbeatWebMs": String(heartbeatMs),
  });
  const random = seeded(options.seed);
  const record = new DrillRecord();
  const failures: string[] = [];
  const journeys = noJourneys();
  const travellers: Traveller[] = [];
  try {
    const stage = { secret, ports, record, random, journeys, failures };
    travellers.push(...(await gather(stage)));
    const peers = travellers.map(({ peer }) => peer);
    const places = await meet(peers, record);
    voice.step(`${peers.length} users in ${places.length} conversations; seed ${options.seed}`);
    const talk = setInterval(() => say(places), sendEveryMs);
    const done = await breakConnections(travellers, random, options, (cuts) =>
      voice.state(`${cuts} cuts, ${record.ackedCount} acknowledged`),
    );
    clearInterval(talk);
    voice.step("waiting until everything sent is acknowledged and everybody has it");
    const settled = await settle(peers, record);
    voice.step("looking up every acknowledged message");
    const { findings, ...counts } = record.verdict(await readLogs(places));
    voice.done();
    failures.push(...findings);
    if (!settled) failures.push("not everything was acknowledged and received in time");
    if (counts.acked === 0) failures.push("nothing was acknowledged");
    for (const way of wayNames)
      if (journeys.welcomes[way] === 0) failures.push(`nobody came by ${way}`);
    if (journeys.moved === 0) failures.push("no session was resumed over another transport");
    return {
      drill: "migrate",
      seconds: options.seconds,
      seed: options.seed,
      ...done,
      ...journeys,
      conversations: places.length,
      ...counts,
      durability: data.durable ? "fsync" : "none: the data folder is in memory",
      failures,
    };
  } finally {
    await Promise.all(travellers.map(({ peer }) => peer.stop()));
    await Promise.all(travellers.flatMap(({ proxies }) => proxies.map((proxy) => proxy.stop())));
    await child.stop("SIGKILL");
    data.remove();
  }
}

/** Eight users of the SDK who take any way, and two raw ones for each codec on WebSocket, each behind proxies of their own. */
async function gather({
  secret,
  ports,
  record,
  random,
  journeys,
  failures,
}: {
  readonly secret: string;
  readonly ports: { readonly web: number; readonly tcp: number };
  readonly record: DrillRecord;
  readonly random: () => number;
  readonly journeys: Journeys;
  readonly failures: string[];
}): Promise<Traveller[]> {
  const byte = () => 1 + Math.floor(random() * 254);
  const address = () => `127.${byte()}.${byte()}.${byte()}`;
  const proxyTo = (port: number) => FaultProxy.open({ host: "127.0.0.1", port }, address);
  const about = (user: string, port: number, codec: "json" | "binary") => ({
    user,
    token: hostToken(secret, user),
    port,
    codec,
    record,
    fail: (what: string) => void failures.push(what),
  });
  const travellers: Traveller[] = [];
  for (let n = 1; n <= 8; n++) {
    const proxies = [await proxyTo(ports.web), await proxyTo(ports.tcp)] as const;
    const entrances = { webPort: proxies[0].port, tcpPort: proxies[1].port };
    const choose = () => wayNames[Math.floor(random() * wayNames.length)] ?? "websocket";
    const { webSocket, abandon } = wandering(entrances, choose, journeys);
    const way = {
      webSocket,
      transports: ["websocket"] as const,
      heartbeatMinMs: heartbeatMs,
      heartbeatMaxMs: heartbeatMs,
      backoffMinMs: 10,
      backoffMaxMs: 80,
    };
    const peer = new SdkPeer({ ...about(`sdk-${n}`, entrances.webPort, "json"), way });
    travellers.push({ peer, proxies, abandon, awayUntilMs: 0 });
  }
  for (const codec of ["json", "binary"] as const)
    for (const name of ["a", "b"]) {
      const proxy = await proxyTo(ports.web);
      const peer = new RawPeer(about(`raw-${codec}-${name}`, proxy.port, codec));
      travellers.push({ peer, proxies: [proxy], abandon: () => {}, awayUntilMs: 0 });
    }
  return travellers;
}

/** Everybody talks with two others, and all of them in a group. */
async function meet(peers: readonly Peer[], record: DrillRecord): Promise<Place[]> {
  const places: Place[] = peers.map((peer, at) => {
    const other = peers[(at + 1) % peers.length] as Peer;
    return { conversation: directId(peer.user, other.user), members: [peer, other] };
  });
  const follow = ({ conversation, members }: Place) => {
    for (const member of members) {
      record.member(conversation, member.user);
      if (member instanceof RawPeer) member.follow(conversation);
    }
  };
  for (const place of places) follow(place);
  await Promise.all(peers.map((peer) => peer.start()));
  const owner = peers.find((peer) => peer instanceof RawPeer) as RawPeer;
  const group = { conversation: await makeGroup(owner, peers), members: peers };
  follow(group);
  return [...places, group];
}

/** Breaks one client's connections after another's, until the time is over; then the network is whole. */
async function breakConnections(
  travellers: readonly Traveller[],
  random: () => number,
  { seconds }: Options,
  tell: (cuts: number) => void,
): Promise<Pick<MigrateReport, "cuts" | "cuts_by_fault" | "absences">> {
  const byFault: Record<FaultName, number> = { cut: 0, silence: 0, straggle: 0, delay: 0, slow: 0 };
  const endMs = performance.now() + seconds * 1_000;
  let absences = 0;
  let cuts = 0;
  while (performance.now() < endMs) {
    await Bun.sleep(cutEveryMs);
    const nowMs = performance.now();
    for (const traveller of travellers) {
      if (traveller.awayUntilMs > nowMs) continue;
      for (const { faults } of traveller.proxies) faults.refuse = false;
    }
    const traveller = travellers[Math.floor(random() * travellers.length)] as Traveller;
    const fault = faultOf(random());
    const lateMs = 1 + random() * lateMsMax;
    const away = random() < absenceShare;
    for (const proxy of traveller.proxies) {
      const broken = strike(proxy, fault, lateMs);
      byFault[fault] += broken;
      cuts += broken;
      proxy.faults.refuse ||= away;
    }
    // Requests survive a cut on the same connection; half of the time the client changes its way instead.
    if (random() < 0.5) traveller.abandon();
    if (away) {
      absences++;
      traveller.awayUntilMs = nowMs + absenceMs;
    }
    tell(cuts);
  }
  for (const { faults } of travellers.flatMap(({ proxies }) => proxies))
    Object.assign(faults, { refuse: false, delayMs: 0, bytesPerSecondMax: Infinity });
  return { cuts, cuts_by_fault: byFault, absences };
}

function faultOf(chance: number): FaultName {
  if (chance < 0.45) return "cut";
  if (chance < 0.55) return "silence";
  if (chance < 0.8) return "straggle";
  return chance < 0.9 ? "delay" : "slow";
}

/** Breaks the connections through a proxy; `delay` and `slow` also change what the next ones are like. Returns how many were broken. */
function strike(proxy: FaultProxy, fault: FaultName, lateMs: number): number {
  const { faults } = proxy;
  faults.delayMs = fault === "delay" ? lateMs / 10 : 0;
  faults.bytesPerSecondMax = fault === "slow" ? 500_000 : Number.POSITIVE_INFINITY;
  if (fault === "silence") return proxy.silence(lateMs);
  if (fault === "straggle") return proxy.straggle(lateMs);
  return proxy.cut();
}
