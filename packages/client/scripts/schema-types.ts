/** Prints the protocol's schemas as plain TypeScript declarations, under the names that `schemas.ts` exports. */
import * as schemas from "@godwit/protocol/schemas";

interface Schema {
  type?: string;
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
}

/** Schemas with a name of their own, so that they are printed once and referred to. */
const named = new Map<object, string>();
for (const [name, value] of Object.entries(schemas)) {
  if (/^[A-Z]/.test(name) && typeof value === "object") named.set(value, name);
}

function print(schema: Schema, indent: string, own?: string): string {
  const name = named.get(schema);
  if (name !== undefined && name !== own) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map((part) => print(part, indent)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array": {
      const items = print(schema.items ?? {}, indent);
      return items.includes(" ") ? `(${items})[]` : `${items}[]`;
    }
    case "object":
      return printObject(schema, indent);
    case undefined:
      return "unknown";
    default:
      throw new Error(`No declaration is known for a schema of type ${schema.type}.`);
  }
}

function printObject(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const values = Object.values(schema.patternProperties ?? {})[0];
  if (!schema.properties)
    return values ? `Record<string, ${print(values, indent)}>` : "Record<string, unknown>";
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => `${inner}${name}${required.has(name) ? "" : "?"}: ${print(field, inner)};\n`,
  );
  return fields.length === 0 ? "{}" : `{\n${fields.join("")}${indent}}`;
}

const record = (entries: [string, string][]): string =>
  `{\n${entries.map(([name, type]) => `  ${name}: ${type};\n`).join("")}}`;
const { commands, contents, events } = schemas;
const names = Object.keys(commands) as (keyof typeof commands)[];
const eventNames = Object.keys(events) as (keyof typeof events)[];
const lines = [...named].map(
  ([schema, name]) => `export type ${name} = ${print(schema as Schema, "", name)};`,
);
lines.push(
  `export type SystemContent = ${print(contents.system, "")};`,
  `interface CommandParams ${record(names.map((name) => [name, print(commands[name].params as Schema, "  ")]))}`,
  `interface CommandResults ${record(names.map((name) => [name, print(commands[name].result as Schema, "  ")]))}`,
  `interface EventBodies ${record(eventNames.map((name) => [name, print(events[name] as Schema, "  ")]))}`,
  "export type CommandName = keyof CommandParams;",
  "export type EventName = keyof EventBodies;",
  "export type Params<C extends CommandName> = CommandParams[C];",
  "export type Result<C extends CommandName> = CommandResults[C];",
  "export type EventBody<E extends EventName> = EventBodies[E];",
);
console.log(lines.join("\n"));
