import { createHash } from "node:crypto";
import type { MessageRef, Restored } from "../port.ts";
import { Absent } from "./absent.ts";

/**
 * A save is a header line, `godwit-offline <version> <SHA-256 of the body in hex>`, and a JSON body. Conversation ids are listed once and referred to by index:
 * `{"conversations": [id], "users": [[user, [conversation, seq, …] of the ring, [[device, sinceMs, missed, [conversation, seq, …] of its own], …]], …]}`.
 * `missed` counts from the end of the ring, so that positions start anew.
 */
const magic = "godwit-offline";
const version = 1;
const headerBytesMax = 128;

type SavedDevice = readonly [
  device: string,
  sinceMs: number,
  missed: number,
  own: readonly number[],
];
type SavedUser = readonly [user: string, ring: readonly number[], devices: readonly SavedDevice[]];

interface Body {
  readonly conversations: readonly string[];
  readonly users: readonly SavedUser[];
}

/** Conversation ids by index, and the bytes that listing them takes. */
interface Dictionary {
  readonly indexes: Map<string, number>;
  bytes: number;
}

/** Users are given longest-idle first and saved in that order; those that do not fit into `bytesMax` are left out from the front. */
export function encode(users: ReadonlyMap<string, Absent>, bytesMax: number): Uint8Array {
  const dictionary: Dictionary = { indexes: new Map(), bytes: 0 };
  const parts: string[] = [];
  let listed = 0;
  let bytes = headerBytesMax;
  for (const [user, absent] of [...users].reverse()) {
    const part = JSON.stringify(savedUser(user, absent, dictionary));
    // Ids are of an ASCII alphabet that JSON does not escape.
    bytes += part.length + 1;
    if (bytes + dictionary.bytes > bytesMax) break;
    listed = dictionary.indexes.size;
    parts.push(part);
  }
  const conversations = JSON.stringify([...dictionary.indexes.keys()].slice(0, listed));
  const body = `{"conversations":${conversations},"users":[${parts.reverse().join(",")}]}`;
  return Buffer.from(`${magic} ${version} ${checksum(body)}\n${body}`);
}

function savedUser(user: string, absent: Absent, dictionary: Dictionary): SavedUser {
  const flat = (refs: readonly MessageRef[]) =>
    refs.flatMap(({ conversation, seq }) => [indexOf(dictionary, conversation), seq]);
  const devices = absent.marks.map((mark): SavedDevice => {
    const missed = absent.missedInRing(mark);
    return [mark.device, mark.sinceMs, missed, flat(mark.own)];
  });
  return [user, flat(absent.ringRefs()), devices];
}

function indexOf(dictionary: Dictionary, conversation: string): number {
  const held = dictionary.indexes.get(conversation);
  if (held !== undefined) return held;
  const index = dictionary.indexes.size;
  dictionary.indexes.set(conversation, index);
  dictionary.bytes += conversation.length + 3;
  return index;
}

export function decode(
  data: Uint8Array,
):
  | { readonly ok: true; readonly users: ReadonlyMap<string, Absent> }
  | Extract<Restored, { ok: false }> {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
  const end = text.slice(0, headerBytesMax).indexOf("\n");
  const [name, number, sum, ...rest] = text.slice(0, Math.max(0, end)).split(" ");
  if (end < 0 || name !== magic || rest.length > 0) return { ok: false, reason: "format" };
  if (number !== String(version)) return { ok: false, reason: "version" };
  const body = text.slice(end + 1);
  if (sum !== checksum(body)) return { ok: false, reason: "checksum" };
  try {
    return { ok: true, users: usersOf(JSON.parse(body) as Body) };
  } catch {
    // The checksum holds, so this was written wrongly, not damaged: nothing of it is to be trusted.
    return { ok: false, reason: "format" };
  }
}

/** Throws if the body is not of the form above. */
function usersOf(body: Body): Map<string, Absent> {
  const refsOf = (flat: readonly number[]): MessageRef[] => {
    const refs: MessageRef[] = [];
    for (let at = 0; at < flat.length; at += 2) {
      const conversation = body.conversations[flat[at] as number];
      const seq = flat[at + 1];
      if (typeof conversation !== "string" || !Number.isSafeInteger(seq)) {
        throw new TypeError("A reference is not one.");
      }
      refs.push({ conversation, seq: seq as number });
    }
    return refs;
  };
  return new Map(
    body.users.map(([user, ring, devices]) => [user, absentOf(refsOf(ring), devices, refsOf)]),
  );
}

/** Replays how the user came to be so: devices went away in order, and between them messages came. */
function absentOf(
  ring: readonly MessageRef[],
  devices: readonly SavedDevice[],
  refsOf: (flat: readonly number[]) => MessageRef[],
): Absent {
  const absent = new Absent();
  let at = 0;
  for (const [device, sinceMs, missed, own] of devices) {
    const position = ring.length - missed;
    if (typeof device !== "string" || !Number.isSafeInteger(sinceMs) || !(position >= at)) {
      throw new TypeError("A mark is not one.");
    }
    for (const ref of ring.slice(at, position)) absent.push(ref);
    at = position;
    absent.add(device, refsOf(own), sinceMs);
  }
  if (absent.marks.length === 0) throw new TypeError("A user without marks is not saved.");
  for (const ref of ring.slice(at)) absent.push(ref);
  return absent;
}

function checksum(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
