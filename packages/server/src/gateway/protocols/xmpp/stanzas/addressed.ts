import { StanzaError } from "../errors.ts";
import { parseJid, type Jid } from "../jid.ts";

/** Reads the address that a stanza is sent to. Throws a StanzaError. */
export function addressed(text: string): Jid {
  const jid = parseJid(text);
  if (jid === undefined) throw new StanzaError("jid-malformed", "That is no address.");
  return jid;
}
