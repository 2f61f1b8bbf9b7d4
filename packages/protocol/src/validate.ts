/**
 * Checks of what clients send. Compiled from generated copies of the schemas in plain JSON Schema, because the import of TypeBox's
 * types alone would take 75 ms of every start; the compiler takes 30.
 */
import Schema from "typebox/schema";
import { contentSchemas, paramSchemas, type JsonSchema } from "./generated/checks.ts";
import {
  conversationIdPattern,
  deviceIdPattern,
  urlPattern,
  userIdPattern,
  uuidPattern,
} from "./ids.ts";
import type { CommandName } from "./schemas.ts";

/** Returns what is wrong, naming the field, for the message of `invalid_params`; undefined if nothing is. Never throws. */
export type ParamsCheck = (frame: Readonly<Record<string, unknown>>) => string | undefined;

/** Without a prototype, so that looking up any string from the wire finds a command or nothing. */
export type CommandChecks = Readonly<Record<CommandName, ParamsCheck>>;

/**
 * The checks of all commands. Unknown fields pass. Each check is compiled on first use, in about half a millisecond, so that a
 * start does not wait for all of them.
 */
export function compileCommands(): CommandChecks {
  const checks = Object.create(null) as Record<CommandName, ParamsCheck>;
  for (const [name, schema] of Object.entries(paramSchemas) as [CommandName, JsonSchema][]) {
    checks[name] = compile(schema, "");
  }
  checks.send = compileSend(compile(paramSchemas.send, ""));
  return checks;
}

/** The content, too, by its kind. */
function compileSend(checkParams: ParamsCheck): ParamsCheck {
  const contentChecks = new Map<unknown, ParamsCheck>(
    Object.entries(contentSchemas).map(([kind, schema]) => [kind, compile(schema, "content.")]),
  );
  contentChecks.set(
    "system",
    () => "kind must not be system: the server writes those entries itself",
  );
  return (frame) =>
    checkParams(frame) ??
    contentChecks.get(frame["kind"])?.(frame["content"] as Readonly<Record<string, unknown>>);
}

function compile(schema: JsonSchema, path: string): ParamsCheck {
  let validator: ReturnType<typeof Schema.Compile> | undefined;
  const lists = Object.entries(schema.properties ?? {}).flatMap(([name, { maxItems }]) =>
    maxItems === undefined ? [] : [{ name, maxItems }],
  );
  return (frame) => {
    for (const { name, maxItems } of lists) {
      const list = frame[name];
      // Before anything looks at the items: 87,000 wrong ones fit into a frame and would cost 40 ms.
      if (Array.isArray(list) && list.length > maxItems)
        return `${path}${name} must not have more than ${maxItems} items`;
    }
    validator ??= Schema.Compile(schema);
    if (validator.Check(frame)) return undefined;
    const [, [error]] = validator.Errors(frame);
    return error ? detail(schema, path, error) : `${path || "the frame"} is not valid`;
  };
}

interface Failure {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

const patternNames = new Map([
  [userIdPattern, "a user id"],
  [deviceIdPattern, "a device id"],
  [conversationIdPattern, "a conversation id"],
  [uuidPattern, "a UUID version 4 in lower case"],
  [urlPattern, "an http(s) address or a path of this server"],
]);

function detail(schema: JsonSchema, path: string, failure: Failure): string {
  const field = `${path}${failure.instancePath.slice(1).replaceAll("/", ".")}`;
  if (failure.keyword === "required") {
    const [missing] = (failure.params as { requiredProperties: readonly string[] })
      .requiredProperties;
    return `${field === "" || field.endsWith(".") ? field : `${field}.`}${missing} is missing`;
  }
  const at = schemaAt(schema, failure.instancePath);
  const alternatives = at?.anyOf?.map(
    (option) => option.const ?? patternNames.get(option.pattern ?? "") ?? option.type,
  );
  if (alternatives) return `${field} must be one of: ${alternatives.join(", ")}`;
  if (failure.keyword === "pattern")
    return `${field} must be ${patternNames.get(at?.pattern ?? "") ?? "of another form"}`;
  return `${field} ${failure.message}`;
}

/** The schema of the value at a JSON pointer into the frame. */
function schemaAt(schema: JsonSchema, pointer: string): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const key of pointer.split("/").slice(1)) at = at?.items ?? at?.properties?.[key];
  return at;
}
