/** The schema as a flat list of fields, which loading, checking and documenting walk. */
import { ConfigSchema } from "./schema.ts";

export type Scalar = string | number | boolean;

/** One setting. `path` is dotted, as in `listen.port`. */
export interface Field {
  readonly path: string;
  readonly description: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "list" | "choice";
  /** Undefined: the setting is absent unless set. */
  readonly default: Scalar | readonly string[] | undefined;
  readonly choices: readonly string[];
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly unit: string | undefined;
  /** Its value is never shown. */
  readonly secret: boolean;
  /** Set if the field belongs to an optional group and must be there when anything of that group is. */
  readonly requiredIn: string | undefined;
}

export interface Group {
  readonly path: string;
  readonly description: string;
  readonly optional: boolean;
}

/** The part of JSON Schema that `ConfigSchema` uses. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly optional?: boolean;
  readonly enum?: readonly string[];
  readonly default?: Scalar | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unit?: string;
  readonly secret?: boolean;
}

function fieldOf(node: Node, path: string, requiredIn: string | undefined): Field {
  const type = node.enum !== undefined ? "choice" : node.type === "array" ? "list" : node.type;
  if (
    type !== "choice" &&
    type !== "list" &&
    type !== "string" &&
    type !== "integer" &&
    type !== "number" &&
    type !== "boolean"
  )
    throw new Error(`setting ${path} has the unsupported type ${type}`);
  return {
    path,
    type,
    description: node.description ?? "",
    default: node.default,
    choices: node.enum ?? [],
    minimum: node.minimum,
    maximum: node.maximum,
    unit: node.unit,
    secret: node.secret === true,
    requiredIn,
  };
}

function walk(
  node: Node,
  prefix: string,
  optional: string | undefined,
  fields: Field[],
  groups: Group[],
): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const required = child.optional !== true;
    if (child.properties === undefined)
      fields.push(fieldOf(child, path, required ? optional : undefined));
    else {
      groups.push({ path, description: child.description ?? "", optional: !required });
      walk(child, path, required ? optional : path, fields, groups);
    }
  }
}

/** Every setting and every group in the order of the schema. */
export function listFields(): {
  readonly fields: readonly Field[];
  readonly groups: readonly Group[];
} {
  const fields: Field[] = [];
  const groups: Group[] = [];
  walk(ConfigSchema, "", undefined, fields, groups);
  return { fields, groups };
}

/** The environment variable of a setting: `listen.drainMs` is `GODWIT_LISTEN_DRAIN_MS`. */
export function variableOf(path: string): string {
  return `GODWIT_${path
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(".", "_")
    .toUpperCase()}`;
}
