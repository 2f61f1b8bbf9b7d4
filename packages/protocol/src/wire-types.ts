/** Links the generated table of messages into the form that the binary codec runs on. */
import { wireTypes } from "./wire-bytes.ts";

/** Field numbers in `ClientFrame` and `ServerFrame`: commands and replies by position in `commands`, events by position in `events`. */
export const frameNumbers = { error: 1, id: 2, commandFirst: 16, eventFirst: 512 } as const;

export type FieldKind = "uint" | "string" | "bool" | "json" | "doubles" | "enum" | "message";

export interface WireField {
  readonly name: string;
  /** Field number and wire type, as they precede each value. */
  readonly tag: number;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  /** What an absent field decodes to: lists and maps that are not optional are empty, anything else stays absent. */
  readonly empty: "list" | "map" | undefined;
  /** Of an enum: the names; the value on the wire is the position, counted from 1. */
  readonly names: readonly string[];
  /** Of a message. */
  readonly message: WireMessage | undefined;
}

/** Field number n is at n - 1. */
export interface WireMessage {
  readonly name: string;
  fields: readonly WireField[];
}

/**
 * A message as text: `name type` separated by commas, in field order. A name that ends in `?` is optional. A type is `uint`,
 * `string`, `bool`, `json` (any JSON value as text), `doubles` (a map of strings to doubles), or the name of an enum or
 * another message; `[]` after it means a list.
 */
export type MessageTable = Readonly<Record<string, string>>;
export type EnumTable = Readonly<Record<string, readonly string[]>>;

const scalarKinds: ReadonlySet<string> = new Set<FieldKind>([
  "uint",
  "string",
  "bool",
  "json",
  "doubles",
]);

/** @throws Error if the table names a type that it does not hold: the generator's mistake. */
export function linkMessages(
  messages: MessageTable,
  enums: EnumTable,
): ReadonlyMap<string, WireMessage> {
  const linked = new Map<string, WireMessage>(
    Object.keys(messages).map((name) => [name, { name, fields: [] }]),
  );
  for (const message of linked.values()) {
    const text = messages[message.name] ?? "";
    const fields = text === "" ? [] : text.split(", ");
    message.fields = fields.map((field, index) => linkField(field, index + 1, linked, enums));
  }
  return linked;
}

function linkField(
  text: string,
  number: number,
  messages: ReadonlyMap<string, WireMessage>,
  enums: EnumTable,
): WireField {
  const [nameText = "", typeText = ""] = text.split(" ");
  const optional = nameText.endsWith("?");
  const repeated = typeText.endsWith("[]");
  const type = repeated ? typeText.slice(0, -2) : typeText;
  const message = messages.get(type);
  const names = Object.hasOwn(enums, type) ? enums[type] : undefined;
  const kind = scalarKinds.has(type)
    ? (type as FieldKind)
    : message
      ? "message"
      : names
        ? "enum"
        : undefined;
  if (kind === undefined) throw new Error(`Unknown wire type ${type}.`);
  const isVarint = kind === "uint" || kind === "bool" || kind === "enum";
  return {
    name: optional ? nameText.slice(0, -1) : nameText,
    tag: number * 8 + (isVarint ? wireTypes.varint : wireTypes.bytes),
    kind,
    repeated,
    empty: optional ? undefined : repeated ? "list" : kind === "doubles" ? "map" : undefined,
    names: names ?? [],
    message,
  };
}

/** `sign_out` becomes `SignOut`: how messages are named after commands and events. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
