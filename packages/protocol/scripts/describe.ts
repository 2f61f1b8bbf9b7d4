/** Says in the words of docs/protocol.md what a schema holds, so that the document can be compared with the schemas. */
import * as ids from "../src/ids.ts";
import * as schemas from "../src/schemas.ts";

interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface FieldRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/** Forms of strings, by the names that the document gives them. */
export const stringForms: Readonly<Record<string, string>> = {
  UserId: ids.userIdPattern,
  DeviceId: ids.deviceIdPattern,
  ConversationId: ids.conversationIdPattern,
  Uuid: ids.uuidPattern,
  Url: ids.urlPattern,
};

const exported = Object.entries(schemas).filter(([name]) => /^[A-Z]/.test(name)) as unknown as [
  string,
  Schema,
][];
const names = new Map(exported.map(([name, schema]) => [JSON.stringify(schema), name]));

/** Literal unions that have a name, with their values. */
export const words = new Map(
  exported.flatMap(([name, { anyOf = [] }]) => {
    const values = anyOf.flatMap((option) => option.const ?? []);
    return values.length > 0 && values.length === anyOf.length ? [[name, values] as const] : [];
  }),
);

/** Named objects of several fields. */
export const shapes = new Map(
  exported.filter(([name, schema]) => schema.properties && name !== "ErrorReply"),
);

/** One row per field; the fields of an object without a name follow it as `object.field`. */
export function fieldRows(schema: object, prefix = ""): FieldRow[] {
  const { properties = {}, required = [] } = schema as Schema;
  return Object.entries(properties).flatMap(([field, inner]) => {
    const row = { name: prefix + field, type: typeText(inner), required: required.includes(field) };
    return row.type === "object" ? [row, ...fieldRows(inner, `${prefix}${field}.`)] : [row];
  });
}

function typeText(schema: Schema): string {
  const name = names.get(JSON.stringify(schema));
  if (name !== undefined) return name;
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.const !== undefined) return `"${schema.const}"`;
  if (schema.items) return listText(schema);
  if (schema.patternProperties) return `map of ${Object.values(schema.patternProperties)[0]?.type}`;
  if (schema.type === "string") {
    const form = Object.entries(stringForms).find(([, pattern]) => pattern === schema.pattern)?.[0];
    return (form ?? "string") + (form ? "" : range(schema.minLength, schema.maxLength));
  }
  if (schema.type === "integer") {
    const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
    return `integer${range(schema.minimum === 0 && maximum === undefined ? undefined : schema.minimum, maximum)}`;
  }
  if (schema.type === "number") return `number${range(schema.minimum, schema.maximum)}`;
  return schema.type ?? "any";
}

function listText(schema: Schema): string {
  const item = typeText(schema.items ?? {});
  return `${item.includes(" or ") ? `(${item})` : item}[]${range(schema.minItems, schema.maxItems)}`;
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  return minimum === undefined && maximum === undefined
    ? ""
    : ` (${minimum ?? ""}..${maximum ?? ""})`;
}
