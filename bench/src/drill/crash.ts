/** `drill crash`: the server is killed at random instants under load, and every acknowledged message is looked up afterwards. */
import { directId } from "@godwit/protocol";
import { randomBytes } from "node:crypto";
import type { Voice } from "../console.ts";
import type { Options } from "../options.ts";
import { DataFolder, freePort } from "../target/child.ts";
import type { Child } from "../target/child.ts";
import { loadSettings, serve } from "../target/godwit.ts";
import { hostToken } from "../target/token.ts";
import { makeGroup, readLogs, say, seeded, settle, type Place } from "./cast.ts";
import type { Peer } from "./peer.ts";
import { RawPeer } from "./raw-peer.ts";
import { DrillRecord } from "./record.ts";
import type { Verdict } from "./record.ts";
import { SdkPeer } from "./sdk-peer.ts";

export interface CrashReport extends Omit<Verdict, "findings"> {
  readonly drill: "crash";
  readonly seconds: number;
  readonly seed: number;
  readonly kills: number;
  readonly conversations: number;
  /** Longest time from a kill until the restarted server was ready, in milliseconds. */
  readonly restart_ms_max: number;
  readonly durability: string;
  readonly failures: readonly string[];
}

/** How long the server lives before it is killed: anything between. */
const lifeMsMin = 150;
const lifeMsMax = 2_000;
/** Each peer says something in one of its conversations that often. */
const sendEveryMs = 8;

interface Scene {
  readonly port: number;
  readonly dataPath: string;
  readonly settings: Readonly<{ [key: string]: string }>;
  server: Child;
}

/** Runs the drill. The seed chooses the instants; the same seed kills at the same ages of the server. */
export async function crash(options: Options, voice: Voice): Promise<CrashReport> {
  const data = new DataFolder(options.data);
  const secret = randomBytes(32).toString("hex");
  const settings = loadSettings(secret);
  const port = freePort();
  const { child } = await serve(data.path, port, settings);
  const scene: Scene = { port, dataPath: data.path, settings, server: child };
  const record = new DrillRecord();
  const failures: string[] = [];
  const { peers, places } = await gather(scene, {
    secret,
    record,
    fail: (what) => failures.push(what),
  });
  try {
    voice.step(`${peers.length} users in ${places.length} conversations; seed ${options.seed}`);
    const talk = setInterval(() => say(places), sendEveryMs);
    const { kills, restartMsMax } = await killAtRandom(scene, options, record, voice);
    clearInterval(talk);
    voice.step("waiting until everything sent is acknowledged and everybody has it");
    const settled = await settle(peers, record);
    // The last word is the log of a server that has just recovered.
    await scene.server.stop("SIGKILL");
    scene.server = (await serve(scene.dataPath, scene.port, scene.settings)).child;
    voice.step("looking up every acknowledged message");
    const verdict = record.verdict(await readLogs(places));
    voice.done();
    const { findings, ...counts } = verdict;
    failures.push(...findings);
    if (!settled) failures.push("not everything was acknowledged and received in time");
    if (kills === 0) failures.push("the server was never killed; give it more --seconds");
    if (counts.acked === 0) failures.push("nothing was acknowledged");
    return {
      drill: "crash",
      seconds: options.seconds,
      seed: options.seed,
      kills: kills + 1,
      conversations: places.length,
      restart_ms_max: Math.round(restartMsMax),
      ...counts,
      durability: data.durable ? "fsync" : "none: the data folder is in memory",
      failures,
    };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await scene.server.stop("SIGKILL");
    data.remove();
  }
}

/** Two users of the SDK and two raw ones for each codec, in pairs, in a mixed pair, and in two groups. */
async function gather(
  scene: Scene,
  {
    secret,
    record,
    fail,
  }: {
    readonly secret: string;
    readonly record: DrillRecord;
    readonly fail: (what: string) => void;
  },
): Promise<{ peers: Peer[]; places: Place[] }> {
  const sdk: SdkPeer[] = [];
  const raw: RawPeer[] = [];
  for (const codec of ["json", "binary"] as const) {
    for (const name of ["a", "b"]) {
      const about = (user: string) => ({
        user,
        token: hostToken(secret, user),
        port: scene.port,
        codec,
        record,
        fail,
      });
      sdk.push(new SdkPeer(about(`sdk-${codec}-${name}`)));
      raw.push(new RawPeer(about(`raw-${codec}-${name}`)));
    }
  }
  const peers: Peer[] = [...sdk, ...raw];
  const [s0, s1, s2, s3] = sdk as [SdkPeer, SdkPeer, SdkPeer, SdkPeer];
  const [r0, r1, r2, r3] = raw as [RawPeer, RawPeer, RawPeer, RawPeer];
  const pairs: readonly (readonly [Peer, Peer])[] = [
    [s0, s1],
    [s2, s3],
    [r0, r1],
    [r2, r3],
    [s0, r2],
    [s2, r0],
  ];
  const places: Place[] = pairs.map((members) => ({
    conversation: directId(members[0].user, members[1].user),
    members,
  }));
  const follow = ({ conversation, members }: Place) => {
    for (const member of members) {
      record.member(conversation, member.user);
      if (member instanceof RawPeer) member.follow(conversation);
    }
  };
  for (const place of places) follow(place);
  await Promise.all(peers.map((peer) => peer.start()));
  for (const members of [peers, [s1, s2, r0, r3]]) {
    // The owner is a raw peer who follows the conversation before its first message can arrive.
    const place = { conversation: await makeGroup(r0, members), members };
    follow(place);
    places.push(place);
  }
  return { peers, places };
}

async function killAtRandom(
  scene: Scene,
  options: Options,
  record: DrillRecord,
  voice: Voice,
): Promise<{ kills: number; restartMsMax: number }> {
  const random = seeded(options.seed);
  const endMs = performance.now() + options.seconds * 1_000;
  let kills = 0;
  let restartMsMax = 0;
  for (;;) {
    const lifeMs = lifeMsMin + random() * (lifeMsMax - lifeMsMin);
    if (performance.now() + lifeMs > endMs) {
      await Bun.sleep(Math.max(0, endMs - performance.now()));
      return { kills, restartMsMax };
    }
    await Bun.sleep(lifeMs);
    const killedMs = performance.now();
    await scene.server.stop("SIGKILL");
    kills++;
    scene.server = (await serve(scene.dataPath, scene.port, scene.settings)).child;
    restartMsMax = Math.max(restartMsMax, performance.now() - killedMs);
    voice.state(`${kills} kills, ${record.ackedCount} acknowledged`);
  }
}
