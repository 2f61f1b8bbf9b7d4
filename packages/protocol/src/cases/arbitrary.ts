/** Random valid frames for property tests, made from the schemas. For tests only: imports fast-check. */
import fc from "fast-check";
import type { CommandFrame, ServerFrame } from "../frames.ts";
import { contentSchemas, paramSchemas, type JsonSchema } from "../generated/checks.ts";
import { parseJson } from "../json.ts";
import { limits } from "../limits.ts";
import { commands, ErrorReply, events, type CommandName } from "../schemas.ts";

const listLengthMax = 3;
const id = fc.maxSafeNat();

/** Content that survives every codec: no lone surrogates, no negative zero, no key `__proto__`. */
const content = fc
  .dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }), {
    maxKeys: 3,
  })
  .map(
    (value) => parseJson(JSON.stringify(value), limits.contentDepthMax) as Record<string, unknown>,
  );

/** Any command that the schemas allow. */
export const arbitraryCommand: fc.Arbitrary<CommandFrame> = fc.oneof(
  ...Object.entries(paramSchemas)
    .filter(([name]) => name !== "send")
    .map(([name, schema]) => commandOf(name, schema)),
  fc
    .constantFrom(...Object.entries(contentSchemas).filter(([kind]) => kind !== "system"))
    .chain(([kind, schema]) =>
      fc
        .tuple(commandOf("send", paramSchemas.send), content, arbitraryOf(schema))
        .map(
          ([frame, more, required]) =>
            ({ ...frame, kind, content: { ...more, ...(required as object) } }) as CommandFrame,
        ),
    ),
);

/** Any reply, error or event that the schemas allow. */
export const arbitraryServerFrame: fc.Arbitrary<ServerFrame> = fc.oneof(
  ...(Object.keys(commands) as CommandName[]).map((type) =>
    frameOf({ type: fc.constant(type), id }, commands[type].result),
  ),
  ...Object.entries(events).map(([type, schema]) => frameOf({ type: fc.constant(type) }, schema)),
  frameOf({ type: fc.constant("error"), id }, ErrorReply),
  frameOf({ type: fc.constant("error") }, ErrorReply),
) as fc.Arbitrary<ServerFrame>;

function commandOf(type: string, schema: JsonSchema): fc.Arbitrary<CommandFrame> {
  return fc.oneof(
    frameOf({ type: fc.constant(type) }, schema),
    frameOf({ type: fc.constant(type), id }, schema),
  ) as fc.Arbitrary<CommandFrame>;
}

function frameOf(
  head: Record<string, fc.Arbitrary<unknown>>,
  schema: object,
): fc.Arbitrary<object> {
  return fc
    .tuple(fc.record(head), arbitraryOf(schema))
    .map(([first, fields]) => ({ ...first, ...(fields as object) }));
}

/** Values of a schema, within its bounds. An optional list is never empty, which the binary codec cannot tell from absent. */
function arbitraryOf(
  schema: JsonSchema & { readonly patternProperties?: Record<string, JsonSchema> },
): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(arbitraryOf));
  switch (schema.type) {
    case "string":
      return schema.pattern === undefined
        ? text(schema)
        : fc.stringMatching(new RegExp(schema.pattern)).filter(isWithin(schema));
    case "integer":
      return fc.integer({
        min: schema.minimum ?? 0,
        max: schema.maximum ?? Number.MAX_SAFE_INTEGER,
      });
    case "number":
      return fc
        .double({ min: schema.minimum ?? -1e300, max: schema.maximum ?? 1e300, noNaN: true })
        .map((value) => value + 0);
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(arbitraryOf(schema.items ?? {}), { minLength: 1, maxLength: listLengthMax });
    case "object":
      return object(schema);
    default:
      throw new Error(`No arbitrary for ${JSON.stringify(schema)}.`);
  }
}

function text(schema: JsonSchema): fc.Arbitrary<string> {
  return fc
    .string({
      unit: "binary",
      minLength: schema.minLength ?? 0,
      maxLength: Math.min(schema.maxLength ?? 40, 200),
    })
    .map((value) => value.toWellFormed())
    .filter(isWithin(schema));
}

function isWithin(schema: JsonSchema): (value: string) => boolean {
  return (value) =>
    value.length >= (schema.minLength ?? 0) && value.length <= (schema.maxLength ?? Infinity);
}

function object(
  schema: JsonSchema & { readonly patternProperties?: Record<string, JsonSchema> },
): fc.Arbitrary<unknown> {
  const [values] = Object.values(schema.patternProperties ?? {});
  if (values) {
    if (values.type === undefined) return content;
    return fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      arbitraryOf(values),
      { noNullPrototype: true },
    );
  }
  // Content in the checks' copies of the schemas: any object.
  if (schema.properties === undefined) return content;
  const required = new Set(schema.required ?? []);
  const fields = Object.fromEntries(
    Object.entries(schema.properties).map(([name, inner]) => [name, arbitraryOf(inner)]),
  );
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true });
}
