/** XML elements as plain data: what the reader hands over and what is written. Names carry their namespace (Namespaces in XML 1.0); prefixes mean nothing. */

/** Attributes by name; those with a namespace of their own as `{namespace}name`. */
export type Attributes = Readonly<Record<string, string>>;

export interface Element {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Attributes;
  readonly children: readonly Node[];
}

export type Node = Element | string;

/** What `el` takes as children: absent ones are left out. */
export type Content = Node | undefined;

const xmlNs = "http://www.w3.org/XML/1998/namespace";

/** Makes an element. Attributes that are undefined are left out. */
export function el(
  name: string,
  ns: string,
  attrs: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Content[]
): Element {
  const present: Record<string, string> = {};
  for (const [key, value] of Object.entries(attrs)) if (value !== undefined) present[key] = value;
  return { name, ns, attrs: present, children: children.filter((child) => child !== undefined) };
}

/** The first child element of this name and namespace. */
export function child(element: Element, name: string, ns: string): Element | undefined {
  for (const node of element.children)
    if (typeof node !== "string" && node.name === name && node.ns === ns) return node;
  return undefined;
}

/** The child elements, without the text between them. */
export function elements(element: Element): Element[] {
  return element.children.filter((node) => typeof node !== "string");
}

/** The text directly inside an element. */
export function textOf(element: Element | undefined): string {
  if (element === undefined) return "";
  const [only] = element.children;
  if (element.children.length === 1 && typeof only === "string") return only;
  return element.children.filter((node) => typeof node === "string").join("");
}

/** The text of the first child of this name and namespace; undefined if there is none. */
export function childText(element: Element, name: string, ns: string): string | undefined {
  const found = child(element, name, ns);
  return found === undefined ? undefined : textOf(found);
}

/** A text of its own, for whatever is kept: what the reader hands over is cut from all that came with it, and would hold that in memory. */
export function kept(text: string): string {
  return Buffer.from(text).toString();
}

const special = /[&<>"'\t\n\r]/;
const textSpecial = /[&<>\r]/;
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};
/** What XML 1.0 section 2.2 does not allow at all. Native messages may hold it; a stream with it would end. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
// oxlint-disable-next-line no-control-regex
const forbiddenAll = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const replacement = "\ufffd";

/** Text as character data. What XML cannot carry becomes U+FFFD. */
export function escapeText(text: string): string {
  const clean = wellFormed(text);
  return textSpecial.test(clean)
    ? clean.replace(/[&<>\r]/g, (found) => entities[found] ?? "")
    : clean;
}

/** Text as the value of an attribute, between quotation marks of either kind. */
export function escapeAttribute(text: string): string {
  const clean = wellFormed(text);
  return special.test(clean)
    ? clean.replace(/[&<>"'\t\n\r]/g, (found) => entities[found] ?? "")
    : clean;
}

function wellFormed(text: string): string {
  const paired = text.isWellFormed() ? text : text.toWellFormed();
  return forbidden.test(paired) ? paired.replace(forbiddenAll, replacement) : paired;
}

/** Writes an element as it stands in a place where `inherited` is the default namespace. */
export function serialize(element: Element, inherited: string): string {
  const { name, ns, children } = element;
  let head = `<${name}`;
  if (ns !== inherited) head += ` xmlns="${escapeAttribute(ns)}"`;
  head += attributes(element.attrs);
  if (children.length === 0) return `${head}/>`;
  let inside = "";
  for (const node of children)
    inside += typeof node === "string" ? escapeText(node) : serialize(node, ns);
  return `${head}>${inside}</${name}>`;
}

function attributes(attrs: Attributes): string {
  let text = "";
  let prefixes = 0;
  for (const key in attrs) {
    const value = escapeAttribute(attrs[key] ?? "");
    if (!key.startsWith("{")) {
      text += ` ${key}="${value}"`;
      continue;
    }
    const end = key.indexOf("}");
    const [uri, local] = [key.slice(1, end), key.slice(end + 1)];
    if (uri === xmlNs) text += ` xml:${local}="${value}"`;
    else {
      const prefix = `a${prefixes++}`;
      text += ` xmlns:${prefix}="${escapeAttribute(uri)}" ${prefix}:${local}="${value}"`;
    }
  }
  return text;
}
