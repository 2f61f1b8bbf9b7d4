/** What drills have in common: people in conversations who talk, and the look at what became of it. */
import { randomUUID } from "node:crypto";
import type { Peer } from "./peer.ts";
import { RawPeer } from "./raw-peer.ts";
import type { DrillRecord, Seen } from "./record.ts";

const settleMsMax = 30_000;

/** A conversation, and who takes part. */
export interface Place {
  readonly conversation: string;
  readonly members: readonly Peer[];
}

/** Founds a group; resolves to its id. */
export async function makeGroup(owner: RawPeer, members: readonly Peer[]): Promise<string> {
  const others = members.filter((member) => member !== owner).map(({ user }) => user);
  const reply = await owner.ask({
    type: "create",
    clientId: randomUUID(),
    kind: "group",
    title: "drill",
    members: others,
  });
  return (reply["conversation"] as { id: string }).id;
}

/** Somebody in every conversation says something, in turn. */
export function say(places: readonly Place[]): void {
  for (const { conversation, members } of places)
    members[Math.floor(Math.random() * members.length)]?.send(conversation);
}

/** Waits until everything sent is acknowledged and everybody has it; false if that takes too long. */
export async function settle(peers: readonly Peer[], record: DrillRecord): Promise<boolean> {
  const deadlineMs = performance.now() + settleMsMax;
  while (performance.now() < deadlineMs) {
    if (peers.every(({ pending }) => pending === 0) && record.everybodyHas()) return true;
    await Bun.sleep(50);
  }
  return false;
}

/** The logs as one member of each reads them, a raw one where there is one. */
export async function readLogs(places: readonly Place[]): Promise<Map<string, Seen[]>> {
  const logs = new Map<string, Seen[]>();
  for (const { conversation, members } of places) {
    const reader = members.find((member) => member instanceof RawPeer) ?? (members[0] as Peer);
    logs.set(conversation, await reader.log(conversation));
  }
  return logs;
}

/** Numbers in [0, 1) that a seed fixes: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
