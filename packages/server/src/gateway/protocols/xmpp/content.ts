/** The content of a message as stanzas have it, and as the core keeps it. */
import { limits, type Content, type ContentKind, type Message } from "@godwit/protocol";
import {
  child,
  childText,
  el,
  elements,
  escapeAttribute,
  escapeText,
  serialize,
  type Element,
} from "./xml/element.ts";
import { StreamFault } from "./xml/fault.ts";
import { XmlReader, xmlLimits } from "./xml/reader.ts";
import { StanzaError } from "./errors.ts";
import { ns } from "./namespaces.ts";

const idLengthMax = 1_023;

/** What a message is stored as. */
export interface Drafted {
  readonly kind: ContentKind;
  readonly content: Content;
}

/** What XMPP clients said beside the text; other protocols pass it over. */
interface Beside {
  /** The stanza's id, where it is not the client id: receipts and corrections name it. */
  readonly id?: string;
  /** The stanza's origin-id (XEP-0359), or true where it is the stanza's id. It comes back with the message: its sender knows it by that. */
  readonly origin?: string | true;
  /** Elements that are for the reader's client: encrypted payloads, corrections, reactions, replies. */
  readonly xml?: string;
}

/** What is not handed on: what the server says itself, and could be forged, and what it has understood and mapped. */
export const ownNamespaces: ReadonlySet<string> = new Set([
  ns.sid,
  ns.receipts,
  ns.markers,
  ns.chatStates,
  ns.hints,
  ns.delay,
  ns.carbons,
  ns.mam,
  ns.muc,
  ns.mucUser,
  ns.errors,
  ns.stanzaErrors,
  ns.json,
  "jabber:x:delay",
]);

/** What a message stanza asks to be stored; undefined if it has nothing to keep. `clientId` is the one that it brings, if it does. */
export function draftOf(stanza: Element, clientId: string | undefined): Drafted | undefined {
  const body = child(stanza, "body", ns.client);
  const text = body === undefined ? "" : childText(stanza, "body", ns.client);
  const kept = elements(stanza).filter((node) => node !== body && !ownNamespaces.has(node.ns));
  const json = childText(stanza, "json", ns.json);
  const id = stanza.attrs["id"];
  const origin = child(stanza, "origin-id", ns.sid)?.attrs["id"];
  const beside: Beside = {
    ...(id === undefined || id === clientId ? {} : { id }),
    ...(origin === undefined ? {} : { origin: origin === (id ?? clientId) ? true : origin }),
    ...(kept.length === 0 ? {} : { xml: kept.map((node) => serialize(node, "")).join("") }),
  };
  const xmpp = Object.keys(beside).length === 0 ? {} : { xmpp: beside };
  if (text) return { kind: "text", content: { text, ...xmpp } };
  if (json !== undefined) return { kind: "custom", content: { ...readJson(json), ...xmpp } };
  if (kept.length === 0) return undefined;
  if (child(stanza, "store", ns.hints) === undefined) return undefined;
  return { kind: "custom", content: xmpp };
}

/** XEP-0335. */
function readJson(text: string): Content {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Content;
  } catch {
    // Said below.
  }
  throw new StanzaError("bad-request", "The <json/> of a message is one object.");
}

function besideOf(content: Content): Beside {
  const { xmpp } = content;
  return typeof xmpp === "object" && xmpp !== null ? xmpp : {};
}

/** The id of the stanza that carries a message: the one that its sender gave it. */
export function stanzaIdOf({ content, clientId }: Pick<Message, "content" | "clientId">): string {
  const { id } = besideOf(content);
  return typeof id === "string" && id.length <= idLengthMax ? id : clientId;
}

/** The children of the stanza that carries a message, without those that differ by reader; empty if there is nothing to show. */
export function insideOf(message: Pick<Message, "kind" | "content" | "clientId">): string {
  const shown = shownOf(message);
  const { origin } = besideOf(message.content);
  const id = origin === true ? stanzaIdOf(message) : origin;
  if (shown === "" || typeof id !== "string" || id.length > idLengthMax) return shown;
  return `${shown}<origin-id xmlns="${ns.sid}" id="${escapeAttribute(id)}"/>`;
}

function shownOf(message: Pick<Message, "kind" | "content">): string {
  const { kind, content } = message;
  const { xml } = besideOf(content);
  const beside = typeof xml === "string" ? cleanPayload(xml) : "";
  switch (kind) {
    case "text":
      return `<body>${escapeText(String(content["text"]))}</body>${beside}`;
    case "location": {
      const { lat, lon, label } = content as { lat: number; lon: number; label?: string };
      const place = el(
        "geoloc",
        ns.geoloc,
        {},
        el("lat", ns.geoloc, {}, String(lat)),
        el("lon", ns.geoloc, {}, String(lon)),
        label === undefined ? undefined : el("text", ns.geoloc, {}, label),
      );
      const words = label === undefined ? "" : ` ${label}`;
      return `<body>${escapeText(`geo:${lat},${lon}${words}`)}</body>${serialize(place, "")}${beside}`;
    }
    case "custom": {
      if (beside !== "") return beside;
      const { xmpp: _, ...own } = content;
      return serialize(el("json", ns.json, {}, JSON.stringify(own)), "");
    }
    case "system":
      return "";
    default:
      return media(content) + beside;
  }
}

/** Where a file is, as a text that every client shows and as XEP-0066 for those that show more. */
function media(content: Content): string {
  const url = String(content["url"]);
  const name = content["name"];
  const link = el(
    "x",
    ns.oob,
    {},
    el("url", ns.oob, {}, url),
    typeof name === "string" ? el("desc", ns.oob, {}, name) : undefined,
  );
  return `<body>${escapeText(url)}</body>${serialize(link, "")}`;
}

/**
 * Elements that came with a content, once more through the reader: content comes from clients of every protocol, and must neither break a stream nor speak in the
 * server's name. What is not well-formed is left out.
 */
function cleanPayload(xml: string): string {
  if (xml.length > limits.contentBytesMax) return "";
  const kept: string[] = [];
  const reader = new XmlReader(
    {
      opened: () => undefined,
      stanza: (node) => {
        if (!ownNamespaces.has(node.ns)) kept.push(serialize(node, ""));
      },
      closed: () => undefined,
    },
    { ...xmlLimits, stanzaBytesMax: limits.contentBytesMax * 3 },
  );
  try {
    reader.write(Buffer.from(`<payload>${xml}</payload>`));
  } catch (error) {
    if (error instanceof StreamFault) return "";
    throw error;
  }
  return kept.join("");
}
