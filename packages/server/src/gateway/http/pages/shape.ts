/** A JSON Schema as people read it: the way TypeScript would write the type, with bounds behind it. */
import type { JsonSchema } from "../schema.ts";

function boundsOf({
  type,
  minimum,
  maximum,
  minLength,
  maxLength,
  maxItems,
  description,
}: JsonSchema): string {
  const range = (from: number | undefined, to: number | undefined) =>
    to === Number.MAX_SAFE_INTEGER ? `${from ?? ""}…` : `${from ?? ""}…${to ?? ""}`;
  const bounds = [
    ...(minimum === undefined && maximum === undefined ? [] : [range(minimum, maximum)]),
    ...(minLength === undefined && maxLength === undefined
      ? []
      : [`length ${range(minLength, maxLength)}`]),
    ...(type === "array" && maxItems !== undefined ? [`at most ${maxItems}`] : []),
    ...(description === undefined ? [] : [description]),
  ];
  return bounds.length === 0 ? "" : `  // ${bounds.join("; ")}`;
}

/** The type as text, nested objects indented. */
export function shapeOf(schema: JsonSchema, indent = ""): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((option) => shapeOf(option, indent)).join(" | ");
  if (schema.type === "array") {
    const item = shapeOf(schema.items ?? {}, indent);
    return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
  }
  if (schema.type !== "object") return schema.type ?? "any";
  const names = Object.entries(schema.properties ?? {});
  if (names.length === 0) return schema.patternProperties === undefined ? "{}" : "object";
  const required = new Set(schema.required);
  const lines = names.map(([name, field]) => {
    const inner = shapeOf(field, `${indent}  `);
    return `${indent}  ${name}${required.has(name) ? "" : "?"}: ${inner}${boundsOf(field)}`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}
