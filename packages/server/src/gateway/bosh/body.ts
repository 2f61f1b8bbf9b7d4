/** The `<body/>` that wraps everything in BOSH (XEP-0124 section 3). */
import { serialize, type Element } from "../protocols/xmpp/xml/element.ts";
import { StreamFault } from "../protocols/xmpp/xml/fault.ts";
import { XmlReader, type XmlLimits } from "../protocols/xmpp/xml/reader.ts";

export const bindNs = "http://jabber.org/protocol/httpbind";
const xboshNs = "urn:xmpp:xbosh";
const client = "jabber:client";

export interface Body {
  readonly attrs: Readonly<Record<string, string>>;
  /** Each as a text that stands for itself. */
  readonly elements: readonly string[];
  /** XEP-0206 section 5: the stream begins anew. */
  readonly restart: boolean;
}

/** Reads the body of a request; undefined if it is none. */
export function readBody(data: Uint8Array, limits: XmlLimits): Body | undefined {
  let root: Element | undefined;
  let whole = false;
  const elements: string[] = [];
  const reader = new XmlReader(
    {
      opened: (element) => {
        root = element;
      },
      stanza: (element) => elements.push(serialize(stanza(element), "")),
      closed: () => {
        whole = true;
      },
    },
    limits,
  );
  try {
    reader.write(data);
  } catch (error) {
    if (error instanceof StreamFault) return undefined;
    throw error;
  }
  if (root?.name !== "body" || root.ns !== bindNs || !whole) return undefined;
  return { attrs: root.attrs, elements, restart: root.attrs[`{${xboshNs}}restart`] === "true" };
}

/** XEP-0206: clients leave the namespace of stanzas to the body's. */
function stanza(element: Element): Element {
  if (element.ns !== bindNs) return element;
  const children = element.children.map((node) => (typeof node === "string" ? node : stanza(node)));
  return { ...element, ns: client, children };
}

/** Writes the body of a response. */
export function body(
  attrs: Readonly<Record<string, string | undefined>>,
  inside: readonly string[],
): string {
  let head = `<body xmlns="${bindNs}"`;
  for (const [key, value] of Object.entries(attrs))
    if (value !== undefined) head += ` ${key}="${value}"`;
  return inside.length === 0 ? `${head}/>` : `${head}>${inside.join("")}</body>`;
}

export const xbosh = {
  [`xmlns:xmpp`]: xboshNs,
  "xmlns:stream": "http://etherx.jabber.org/streams",
};
