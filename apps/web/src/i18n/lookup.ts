import type { TextTree } from "./types.ts";

/** Finds texts by their path with dots and fills them in. */
export type Lookup = (
  key: string,
  values?: Readonly<Record<string, string | number>>,
) => string | undefined;

function at(tree: TextTree, path: string): string | undefined {
  let found: TextTree | string | undefined = tree;
  for (const step of path.split(".")) {
    if (typeof found !== "object" || !Object.hasOwn(found, step)) return undefined;
    found = found[step];
  }
  return typeof found === "string" ? found : undefined;
}

/**
 * The texts of one language. With a `count`, the form for it comes first (`_one`, by the rules of the language), then the general one (`_other`), then
 * the key itself. What is filled in is not looked at again. Undefined for a key without a text.
 */
export function createLookup(tree: TextTree, language: string): Lookup {
  const plurals = new Intl.PluralRules(language);
  return (key, values = {}) => {
    const { count } = values;
    const forms = typeof count === "number" ? [`${key}_${plurals.select(count)}`] : [];
    for (const form of [...forms, `${key}_other`, key]) {
      const text = at(tree, form);
      if (text !== undefined)
        return text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) =>
          Object.hasOwn(values, name) ? String(values[name]) : whole,
        );
    }
    return undefined;
  };
}
