import { createHash } from "node:crypto";
import { uuidPattern } from "@godwit/protocol";

const uuid4 = new RegExp(uuidPattern);
/** Ids this long are made at random; shorter ones are counters, which begin again with every start of a client. */
const uniqueLengthMin = 16;

/**
 * The client id of a message: its origin-id (XEP-0359), or else its id. A UUID version 4 is taken as it is; from anything else one is derived, the same each time, so that
 * whatever a client says again is found to be the same. An id too short to be unique holds for one session only.
 */
export function clientIdOf(
  origin: string | undefined,
  id: string | undefined,
  { user, session }: { readonly user: string; readonly session: string },
): string | undefined {
  const text = origin ?? id;
  if (text === undefined || text === "") return undefined;
  if (uuid4.test(text)) return text;
  const scope = origin === undefined && text.length < uniqueLengthMin ? session : "";
  const digest = createHash("sha256").update(`${user}\0${scope}\0${text}`).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x40;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id of an entry in the archive of direct messages: the commit order of all, and the place in its conversation. */
export function archiveId(message: { readonly id: number; readonly seq: number }): string {
  return `${message.id}-${message.seq}`;
}

export function readArchiveId(text: string): { id: number; seq: number } | undefined {
  const found = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return found === null ? undefined : { id: Number(found[1]), seq: Number(found[2]) };
}
