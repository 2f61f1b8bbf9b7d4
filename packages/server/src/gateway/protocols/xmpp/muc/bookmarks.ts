import { el, type Element } from "../xml/element.ts";
export function bookmarksOf(..._: unknown[]): Element {
  return el("pubsub", "x");
}
