import { mayMean } from "../../../../accounts/signing-in.ts";
import { parseJid, userOfLocal } from "../jid.ts";
import { SaslFailure } from "./exchange.ts";

/** The user that a client signs in as: a user id, or the local part of an address, or the whole of it. */
export function userOfName(name: string, domain: string): string {
  const address = name.endsWith(`@${domain}`) ? name.slice(0, -domain.length - 1) : name;
  const user = userOfLocal(address);
  if (user === undefined) throw new SaslFailure("not-authorized", "There is no such user name.");
  return user;
}

/** RFC 6120 section 6.3.8: nobody may act for somebody else here. */
export function checkAuthzid(authzid: string, user: string, domain: string): void {
  if (authzid === "") return;
  const jid = parseJid(authzid);
  const named = jid?.local === undefined ? undefined : userOfLocal(jid.local);
  if (jid?.domain !== domain || named === undefined || !mayMean(named, user))
    throw new SaslFailure("invalid-authzid", "You can only act for yourself.");
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The text of a message. */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new SaslFailure("malformed-request", "The message is not UTF-8.");
  }
}
