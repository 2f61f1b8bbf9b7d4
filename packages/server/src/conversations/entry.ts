import { createHash } from "node:crypto";
import type { Role } from "@godwit/protocol";
import type { ConversationChange, NewMessage } from "../store/port.ts";

/** Who asks for a change: the user and the device that the command came from. */
export interface Actor {
  readonly user: string;
  readonly device: string;
}

/** The content of a `system` message: what happened, and to whom. */
export interface SystemContent {
  readonly event:
    | "created"
    | "invited"
    | "joined"
    | "left"
    | "removed"
    | "banned"
    | "role"
    | "renamed"
    | "muted"
    | "unmuted"
    | "dissolved";
  readonly users?: readonly string[];
  readonly title?: string;
  readonly role?: Role;
  /** End of a mute in milliseconds since the epoch. */
  readonly until?: number;
  /** Of `created`: anyone may join. Absent otherwise. */
  readonly open?: true;
}

/** The entry of the conversation's log that carries a change. Its `clientSeq` is 0, because no device counts it. */
export function changeEntry(
  conversation: string,
  actor: Actor,
  clientId: string,
  time: number,
  content: SystemContent,
  change: ConversationChange,
): NewMessage {
  return {
    conversation,
    sender: actor.user,
    device: actor.device,
    clientId,
    clientSeq: 0,
    time,
    kind: "system",
    content: JSON.stringify(content),
    priority: "normal",
    change,
  };
}

/** The unit that new groups are at home in: there is one until there are more. */
const homeUnit = 0;
const idCharacters = 20;
const base32 = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * The id of the group or channel that this (sender, client id) creates: 100 bits of SHA-256 in base32 (RFC 4648 section 6, lower case), so that a
 * retried `create` names the same group and nobody guesses the id of another.
 */
export function createdId(kind: "group" | "channel", sender: string, clientId: string): string {
  const digest = createHash("sha256").update(`${sender} ${clientId}`).digest();
  let name = "";
  for (let index = 0; index < idCharacters; index += 1) {
    const bit = index * 5;
    const pair = (digest[bit >> 3] ?? 0) * 256 + (digest[(bit >> 3) + 1] ?? 0);
    name += base32.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return `${kind === "group" ? "g" : "c"}:${homeUnit}:${name}`;
}
