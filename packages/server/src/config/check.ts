/** Checks single values against their field, and the whole for what only shows in combination. */
import type { ConfigProblem } from "./error.ts";
import { variableOf, type Field } from "./fields.ts";
import type { Config } from "./schema.ts";
import type { Entry } from "./sources.ts";

/** A text from environment or flag as the field's type; what cannot be one stays a text and fails the check. */
function fromText(field: Field, text: string): unknown {
  if (field.type === "boolean")
    return /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : text;
  if (field.type === "integer" || field.type === "number")
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  if (field.type === "list")
    return text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  return text;
}

/** What a field takes, in words. */
export function expectation(field: Field): string {
  const unit = field.unit === undefined || field.unit === "port" ? "" : ` (${field.unit})`;
  switch (field.type) {
    case "choice":
      return `one of ${field.choices.join(", ")}`;
    case "list":
      return "a list of texts (in environment and flags: separated by commas)";
    case "boolean":
      return "true or false";
    case "string":
      return "a text that is not empty";
    default:
      return `${field.type === "integer" ? "a whole number" : "a number"} from ${field.minimum} to ${field.maximum}${unit}`;
  }
}

function fits(field: Field, value: unknown): boolean {
  switch (field.type) {
    case "choice":
      return typeof value === "string" && field.choices.includes(value);
    case "list":
      return Array.isArray(value) && value.every((part) => typeof part === "string" && part !== "");
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string" && value !== "";
    default:
      return (
        typeof value === "number" &&
        (field.type === "number" || Number.isInteger(value)) &&
        value >= (field.minimum ?? -Infinity) &&
        value <= (field.maximum ?? Infinity)
      );
  }
}

/** The value of an entry, or what is wrong with it. */
export function checkValue(
  field: Field,
  entry: Entry,
): { readonly value: unknown } | { readonly problem: ConfigProblem } {
  const value =
    entry.text && typeof entry.value === "string" ? fromText(field, entry.value) : entry.value;
  if (fits(field, value)) return { value };
  const shown = field.secret ? "(hidden)" : JSON.stringify(value);
  return {
    problem: {
      path: field.path,
      source: entry.source,
      problem: `is ${shown}, but must be ${expectation(field)}`,
      remedy:
        field.default === undefined
          ? "correct it, or leave it out"
          : `correct it, or leave it out for the default, ${JSON.stringify(field.default)}`,
    },
  };
}

/** Each rule names the field to change. */
export function checkTogether(config: Config): readonly ConfigProblem[] {
  const rules: readonly [wrong: boolean, path: string, problem: string, remedy: string][] = [
    [
      config.limits.contentBytesMax >= config.limits.frameBytesMax,
      "limits.contentBytesMax",
      `is ${config.limits.contentBytesMax}, but content must fit into a frame of ${config.limits.frameBytesMax} bytes`,
      "lower it, or raise limits.frameBytesMax",
    ],
    [
      config.pipeline.importantReserveEntries >= config.pipeline.ringEntriesMax,
      "pipeline.importantReserveEntries",
      `is ${config.pipeline.importantReserveEntries}, which leaves no room for ordinary messages in a ring of ${config.pipeline.ringEntriesMax}`,
      "lower it, or raise pipeline.ringEntriesMax",
    ],
    [
      Buffer.byteLength(config.accounts.hostTokens.secret ?? "x".repeat(32)) < 32,
      "accounts.hostTokens.secret",
      "is shorter than 32 bytes, too weak for HS256 (RFC 7518 section 3.2)",
      "make one with `openssl rand -base64 32` and give it to the host application too",
    ],
    [
      config.offline.entriesPerUserMax > config.offline.entriesMax,
      "offline.entriesPerUserMax",
      `is ${config.offline.entriesPerUserMax}, more than all users together may have (offline.entriesMax, ${config.offline.entriesMax})`,
      "lower it, or raise offline.entriesMax",
    ],
    ...config.listen.origins.map((origin): [boolean, string, string, string] => [
      origin !== "*" && !/^https?:\/\/[^/]+$/.test(origin),
      "listen.origins",
      `has ${JSON.stringify(origin)}, which is not an origin`,
      "write scheme, host and port without a path, such as https://chat.example.org, or *",
    ]),
  ];
  return rules
    .filter(([wrong]) => wrong)
    .map(([, path, problem, remedy]) => ({
      path,
      source: "together with other settings",
      problem,
      remedy,
    }));
}

/** A field of an optional group is missing while others of it are set. */
export function missing(field: Field): ConfigProblem {
  return {
    path: field.path,
    source: "not set",
    problem: `is missing, but the rest of ${field.requiredIn} is set`,
    remedy: `set it (or ${variableOf(field.path)}), or leave all of ${field.requiredIn} out`,
  };
}
