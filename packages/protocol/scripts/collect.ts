/** Reads the schemas into the messages and enums of the binary wire. Schemas are plain JSON Schema, so nothing of TypeBox is needed. */
import * as schemas from "../src/schemas.ts";
import { frameNumbers, pascalCase } from "../src/wire-types.ts";

export interface CollectedField {
  readonly name: string;
  /** As in the table of `wire-types.ts`, without `[]`. */
  readonly type: string;
  readonly optional: boolean;
  readonly repeated: boolean;
}
export interface CollectedWire {
  readonly commands: readonly string[];
  readonly events: readonly string[];
  readonly messages: ReadonlyMap<string, readonly CollectedField[]>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

/** What the schemas use of JSON Schema. */
interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** @throws Error if a schema has a shape that the binary wire has no form for. */
export function collectWire(): CollectedWire {
  const commands = Object.keys(schemas.commands);
  const events = Object.keys(schemas.events);
  if (frameNumbers.commandFirst + commands.length > frameNumbers.eventFirst) {
    throw new Error("Commands have grown into the numbers of events.");
  }
  const collector = new Collector();
  collector.message("Error", schemas.ErrorReply);
  for (const [name, { params, result }] of Object.entries(schemas.commands)) {
    collector.frameMessage(`${pascalCase(name)}Params`, params);
    collector.frameMessage(`${pascalCase(name)}Result`, result);
  }
  for (const [name, body] of Object.entries(schemas.events)) {
    collector.frameMessage(`${pascalCase(name)}Event`, body);
  }
  return { commands, events, messages: collector.messages, enums: collector.enums };
}

class Collector {
  readonly messages = new Map<string, readonly CollectedField[]>();
  readonly enums = new Map<string, readonly string[]>();
  /** The exported schemas' names by their JSON: optional fields hold copies, so identity does not do. */
  private readonly names = new Map<string, string>();

  constructor() {
    for (const [name, schema] of Object.entries(schemas)) {
      const isShared =
        /^[A-Z]/.test(name) &&
        ("anyOf" in (schema as Schema) || "properties" in (schema as Schema));
      if (isShared && name !== "ErrorReply") this.names.set(JSON.stringify(schema), name);
    }
  }

  /** A message whose fields lie beside `type` and `id` in the frame. */
  frameMessage(name: string, schema: object): void {
    this.message(name, schema);
    const clash = this.messages
      .get(name)
      ?.find((field) => field.name === "type" || field.name === "id");
    if (clash) throw new Error(`${name}.${clash.name} would hide the frame's own.`);
  }

  message(name: string, schema: object): void {
    if (this.messages.has(name)) return;
    const { properties = {}, required = [] } = schema as Schema;
    const fields = Object.entries(properties).map(([field, inner]) => {
      const repeated = inner.type === "array";
      return {
        name: field,
        type: this.type(`${name}${pascalCase(field)}`, repeated ? (inner.items as Schema) : inner),
        optional: !required.includes(field),
        repeated,
      };
    });
    this.messages.set(name, fields);
  }

  /** The wire type of a schema; objects and literal unions that have no name of their own get `fallbackName`. */
  private type(fallbackName: string, schema: Schema): string {
    if (schema.type === "string") return "string";
    if (schema.type === "integer") return "uint";
    if (schema.type === "boolean") return "bool";
    if (schema.anyOf) return this.union(fallbackName, schema);
    if (schema.patternProperties) return this.record(fallbackName, schema);
    if (schema.properties) {
      const name = this.name(fallbackName, schema);
      this.message(name, schema);
      return name;
    }
    throw new Error(`${fallbackName} has no form on the binary wire: ${JSON.stringify(schema)}`);
  }

  private union(fallbackName: string, schema: Schema): string {
    const options = schema.anyOf ?? [];
    if (options.some((option) => option.type !== "string"))
      throw new Error(`${fallbackName} is a union of more than strings.`);
    const literals = options.flatMap((option) =>
      option.const === undefined ? [] : [option.const],
    );
    // A literal beside a pattern (`*` among user ids) leaves it a string.
    if (literals.length < options.length) return "string";
    const name = this.name(fallbackName, schema);
    this.enums.set(name, literals);
    return name;
  }

  private record(fallbackName: string, schema: Schema): string {
    const [value] = Object.values(schema.patternProperties ?? {});
    if (value?.type === "number") return "doubles";
    if (value?.type === undefined) return "json";
    throw new Error(`${fallbackName} is a record of ${value.type}.`);
  }

  private name(fallbackName: string, schema: Schema): string {
    return this.names.get(JSON.stringify(schema)) ?? fallbackName;
  }
}
