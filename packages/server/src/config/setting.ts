/** What a setting is made of, as plain JSON Schema (TypeBox's builders would take 50 ms of every start), and the type of its values. */

/** What a numeric setting counts. Shown in the documentation and in refusals. */
type Unit =
  | "milliseconds"
  | "seconds"
  | "bytes"
  | "characters"
  | "entries"
  | "commands"
  | "messages"
  | "rounds"
  | "connections"
  | "channels"
  | "sessions"
  | "members"
  | "per second"
  | "per minute"
  | "per hour"
  | "port";

interface Range<N> {
  readonly unit: Unit;
  readonly default: N;
  readonly minimum: number;
  readonly maximum: number;
}

/** What every field says of itself, as JSON Schema. */
interface Described {
  readonly description: string;
}
type Field<T extends string, V> = Described & { readonly type: T; readonly default: V };

export const integer = (
  description: string,
  range: Range<number>,
): Field<"integer", number> & Range<number> => ({
  type: "integer",
  description,
  ...range,
});
export const number = (
  description: string,
  range: Range<number>,
): Field<"number", number> & Range<number> => ({
  type: "number",
  description,
  ...range,
});
export const text = (description: string, value: string): Field<"string", string> => ({
  type: "string",
  description,
  default: value,
});
export const flag = (description: string, value: boolean): Field<"boolean", boolean> => ({
  type: "boolean",
  description,
  default: value,
});
export const list = (description: string): Field<"array", readonly string[]> => ({
  type: "array",
  description,
  default: [],
});
export const choice = <const V extends string>(
  description: string,
  values: readonly [V, ...V[]],
  value: NoInfer<V>,
): Described & { readonly enum: readonly V[]; readonly default: V } => ({
  description,
  enum: values,
  default: value,
});
/** A text without default: required in an optional group. */
export const given = (description: string): Described & { readonly type: "string" } => ({
  type: "string",
  description,
});
/** A text without default: absent unless set. Secrets are never shown, not even in a refusal. */
export const absent = (
  description: string,
  secret = false,
): Described & { readonly type: "string"; readonly optional: true; readonly secret: boolean } => ({
  type: "string",
  description,
  optional: true,
  secret,
});
export const group = <const P extends object>(properties: P, about?: Described) => ({
  type: "object" as const,
  properties,
  ...about,
});
/** A group that is absent unless something in it is set. */
export const optionalGroup = <const P extends object>(properties: P, about: Described) => ({
  type: "object" as const,
  properties,
  optional: true as const,
  ...about,
});

/** The type of the values that fit a field or group. */
export type ValueOf<N> = N extends { readonly properties: infer P }
  ? {
      readonly [K in keyof P as P[K] extends { readonly optional: true } ? never : K]: ValueOf<
        P[K]
      >;
    } & {
      readonly [K in keyof P as P[K] extends { readonly optional: true } ? K : never]?: ValueOf<
        P[K]
      >;
    }
  : N extends { readonly enum: readonly (infer V)[] }
    ? V
    : N extends { readonly type: "boolean" }
      ? boolean
      : N extends { readonly type: "array" }
        ? readonly string[]
        : N extends { readonly type: "string" }
          ? string
          : number;
