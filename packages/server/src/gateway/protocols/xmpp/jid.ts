/** Addresses (RFC 7622), and how the ids of users and conversations are written as their local parts. */
import { conversationIdPattern, deviceIdPattern, userIdPattern } from "@godwit/protocol";
import { kept } from "./xml/element.ts";

export interface Jid {
  readonly local: string | undefined;
  readonly domain: string;
  readonly resource: string | undefined;
}

const partBytesMax = 1_023;
const userId = new RegExp(userIdPattern);
const deviceId = new RegExp(deviceIdPattern);
const conversationId = new RegExp(conversationIdPattern);
/** A host name or an IP address; nothing else is an address of this server or of its neighbours. */
const domainForm = /^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?|\[[0-9a-f:.]+\])$/u;
/** RFC 7622 section 3.3.1, and what a UsernameCaseMapped string never holds. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are looked for
const localForbidden = /["&'/:<>@\s\u0000-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex
const resourceForbidden = /[\u0000-\u001f\u007f-\u009f]/;

/** Reads an address: the parts in the form in which they are compared. Undefined if it is none. */
export function parseJid(text: string): Jid | undefined {
  if (text.length > 3 * partBytesMax + 2) return undefined;
  const slash = text.indexOf("/");
  const bare = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? undefined : text.slice(slash + 1).normalize("NFC");
  const at = bare.indexOf("@");
  const local = at < 0 ? undefined : prepareLocal(bare.slice(0, at));
  const domain = prepareDomain(bare.slice(at + 1));
  if (domain === undefined || (at >= 0 && local === undefined)) return undefined;
  if (resource !== undefined && !isResource(resource)) return undefined;
  return { local, domain, resource };
}

export function prepareDomain(text: string): string | undefined {
  const domain = text.normalize("NFC").toLowerCase().replace(/\.$/, "");
  return fits(domain) && domainForm.test(domain) ? domain : undefined;
}

function prepareLocal(text: string): string | undefined {
  const local = text.normalize("NFC").toLowerCase();
  return fits(local) && !localForbidden.test(local) ? local : undefined;
}

function isResource(text: string): boolean {
  return fits(text) && text.isWellFormed() && !resourceForbidden.test(text);
}

function fits(part: string): boolean {
  return part.length > 0 && part.length <= partBytesMax && Buffer.byteLength(part) <= partBytesMax;
}

/**
 * A user id as a local part. Characters that one must not hold are written as XEP-0106 does (`\40` for `@`), and capitals in the same way (`\41` for `A`):
 * local parts are compared without case, user ids with it.
 */
export function localOfUser(user: string): string {
  return /[@A-Z]/.test(user) ? user.replace(/[@A-Z]/g, escapeCharacter) : user;
}

/** The user id behind a local part; undefined if there can be no such user. */
export function userOfLocal(local: string): string | undefined {
  const user = unescape(local);
  return userId.test(user) ? user : undefined;
}

/** A group's or channel's id as the local part of its room: `g:0:…` is written `g\3a0\3a…`. */
export function localOfRoom(conversation: string): string {
  return conversation.replace(/:/g, escapeCharacter);
}

/** The id of the group or channel behind a room's local part; undefined if it is a name and not an id. */
export function conversationOfLocal(local: string): string | undefined {
  const id = unescape(local);
  return !id.startsWith("d:") && conversationId.test(id) ? id : undefined;
}

/** Whether a resource can be the id of a device as it is. */
export function isDeviceId(resource: string): boolean {
  return deviceId.test(resource);
}

/** The device of a resource: itself where it has the form of one, otherwise with everything else left out. A text of its own. */
export function deviceOfResource(resource: string): string | undefined {
  if (isDeviceId(resource)) return kept(resource);
  const device = resource
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64);
  return isDeviceId(device) ? kept(device) : undefined;
}

function escapeCharacter(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function unescape(local: string): string {
  if (!local.includes("\\")) return local;
  return local.replace(/\\(40|3a|4[1-9a-f]|5[0-9a])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
