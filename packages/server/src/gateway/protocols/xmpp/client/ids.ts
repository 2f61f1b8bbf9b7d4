import { createHash } from "node:crypto";
import { uuidPattern } from "@godwit/protocol";

const uuid4 = new RegExp(uuidPattern);
/** Ids this long are made at random; shorter ones are counters, which begin again with every start of a client. */
const uniqueLengthMin = 16;

/** What a message has to be known by when it is said again. */
export interface Named {
  /** Its origin-id (XEP-0359), and the id of its stanza. */
  readonly origin: string | undefined;
  readonly id: string | undefined;
  /** The number of its stanza in the stream: the same when it comes again after a resumption (XEP-0198 section 5). */
  readonly number: number;
}

/** Where numbers and short ids hold. */
export interface Scope {
  readonly user: string;
  /** Of the client's session, or of the one that it took this for a resumption of. */
  readonly session: string;
}

/** The client id that a message brings with it: a UUID version 4. Undefined if one has to be derived. */
export function ownClientId({ origin, id }: Named): string | undefined {
  const text = origin ?? id;
  return text !== undefined && uuid4.test(text) ? text : undefined;
}

/**
 * The client id of a message that brings none: derived from its origin-id, or else its id, the same each time, so that whatever a client says again is found to be the
 * same. An id too short to be unique, and the number of a stanza without any, hold for one session only and together with what is `said`: another message under the same
 * one is another message.
 */
export function derivedClientId(
  { origin, id, number }: Named,
  { user, session }: Scope,
  said: string,
): string {
  const text = (origin ?? id) || undefined;
  if (text !== undefined && (origin !== undefined || text.length >= uniqueLengthMin))
    return hashed(`${user}\0\0${text}`);
  return hashed(`${user}\0${session}\0${text ?? number}\0${said}`);
}

function hashed(text: string): string {
  const digest = createHash("sha256").update(text).digest();
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
