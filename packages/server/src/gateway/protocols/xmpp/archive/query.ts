import { el, type Element } from "../xml/element.ts";
export function archiveForm(): Element {
  return el("query", "x");
}
export function queryArchive(..._: unknown[]): Element {
  return el("query", "x");
}
