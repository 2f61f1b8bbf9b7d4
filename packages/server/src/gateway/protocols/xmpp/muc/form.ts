/** Forms (XEP-0004), as far as rooms need them. */
import { ns } from "../namespaces.ts";
import { childText, el, elements, type Element } from "../xml/element.ts";

export function field(name: string, value: string, type?: string, label?: string): Element {
  return el("field", ns.forms, { var: name, type, label }, el("value", ns.forms, {}, value));
}

export function form(type: "form" | "result", fields: readonly Element[]): Element {
  return el("x", ns.forms, { type }, ...fields);
}

/** The values of a submitted form, by their fields. */
export function valuesOf(submitted: Element): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const each of elements(submitted)) {
    const name = each.attrs["var"];
    if (each.name === "field" && name !== undefined)
      values.set(name, childText(each, "value", ns.forms) ?? "");
  }
  return values;
}
