/** Writes the collected messages as `godwit.proto` and as the table that the codec runs on. */
import { frameNumbers, pascalCase } from "../src/wire-types.ts";
import type { CollectedField, CollectedWire } from "./collect.ts";

const generatedBy = "Generated from schemas.ts by scripts/generate.ts; do not edit.";
const protoTypes: Readonly<Record<string, string>> = {
  uint: "uint64",
  string: "string",
  bool: "bool",
  json: "string",
  doubles: "map<string, double>",
};

export function tableText(wire: CollectedWire): string {
  const messages = [...wire.messages].map(
    ([name, fields]) => `  ${name}: ${JSON.stringify(fields.map(fieldText).join(", "))},`,
  );
  const enums = [...wire.enums].map(([name, names]) => `  ${name}: ${JSON.stringify(names)},`);
  return `// ${generatedBy}
import type { EnumTable, MessageTable } from "../wire-types.ts";

/** Commands in the order of their field numbers. */
export const commandOrder = ${JSON.stringify(wire.commands)} as const;

/** Events in the order of their field numbers. */
export const eventOrder = ${JSON.stringify(wire.events)} as const;

export const enums: EnumTable = {
${enums.join("\n")}
};

export const messages: MessageTable = {
${messages.join("\n")}
};
`;
}

function fieldText(field: CollectedField): string {
  return `${field.name}${field.optional ? "?" : ""} ${field.type}${field.repeated ? "[]" : ""}`;
}

export function protoText(wire: CollectedWire): string {
  const numbered = (names: readonly string[], first: number, suffix: string, kind: string) =>
    names
      .map((name, index) => `    ${pascalCase(name)}${suffix} ${name}${kind} = ${first + index};`)
      .join("\n");
  const { commandFirst, eventFirst, error, id } = frameNumbers;
  return `// ${generatedBy}
//
// The binary codec of Godwit's native protocol, WebSocket subprotocol godwit.bin.v1: one ClientFrame or ServerFrame per frame.
// docs/protocol.md says what the fields mean. Numbers are never changed or used again; fields, enum values, commands and
// events are only ever added. Ignore fields that you do not know.
//
// Every single field has explicit presence, so that 0, false and "" can be told from "not given". A field marked
// "required" must be given all the same: the receiver refuses the frame without it.
syntax = "proto3";
package godwit.v1;

message ClientFrame {
  // Asks for a reply; the reply carries the same id.
  optional uint64 id = ${id};
  oneof command {
${numbered(wire.commands, commandFirst, "Params", "")}
  }
}

message ServerFrame {
  // Given in replies, absent in events.
  optional uint64 id = ${id};
  oneof frame {
    Error error = ${error};
${numbered(wire.commands, commandFirst, "Result", "_reply")}
${numbered(wire.events, eventFirst, "Event", "_event")}
  }
}

${[...wire.enums].map(([name, names]) => enumText(name, names)).join("\n\n")}

${[...wire.messages].map(([name, fields]) => messageText(name, fields)).join("\n\n")}
`;
}

function enumText(name: string, names: readonly string[]): string {
  const prefix = snakeCase(name).toUpperCase();
  const values = ["unspecified", ...names].map(
    (value, index) => `  ${prefix}_${value.toUpperCase()} = ${index};`,
  );
  return `enum ${name} {\n${values.join("\n")}\n}`;
}

function messageText(name: string, fields: readonly CollectedField[]): string {
  if (fields.length === 0) return `message ${name} {}`;
  return `message ${name} {\n${fields.map(protoField).join("\n")}\n}`;
}

function protoField(field: CollectedField, index: number): string {
  const isMap = field.type === "doubles";
  const label = isMap ? "" : field.repeated ? "repeated " : "optional ";
  const notes = [
    ...(field.optional || field.repeated || isMap ? [] : ["required"]),
    ...(field.type === "json" ? ["a JSON object as text"] : []),
  ];
  const note = notes.length === 0 ? "" : ` // ${notes.join("; ")}`;
  return `  ${label}${protoTypes[field.type] ?? field.type} ${snakeCase(field.name)} = ${index + 1};${note}`;
}

/** Protobuf's JSON names turn this back into the names of the schemas. */
function snakeCase(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}

/** The parameters and contents as plain JSON Schema. Content is any object there: what it must hold depends on its kind. */
export function checksText(
  params: Readonly<Record<string, object>>,
  contents: Readonly<Record<string, object>>,
): string {
  const plain = (schema: object) =>
    JSON.stringify(schema, (key, value: unknown) =>
      key === "patternProperties" ? undefined : value,
    );
  const entries = (schemas: Readonly<Record<string, object>>) =>
    Object.entries(schemas)
      .map(([name, schema]) => `  ${name}: ${plain(schema)},`)
      .join("\n");
  return `// ${generatedBy}
import type { CommandName, ContentKind } from "../schemas.ts";

/** As much of JSON Schema as the wire contract uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: string;
  readonly pattern?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export const paramSchemas: Readonly<Record<CommandName, JsonSchema>> = {
${entries(params)}
};

export const contentSchemas: Readonly<Record<ContentKind, JsonSchema>> = {
${entries(contents)}
};
`;
}
