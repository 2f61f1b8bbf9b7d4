/** The settings in words: `godwit config doc` and `godwit config default`. */
import { listFields, variableOf, type Field } from "./fields.ts";

function bounds(field: Field): string {
  if (field.type === "choice") return field.choices.map((value) => `\`${value}\``).join(", ");
  if (field.type === "boolean") return "`true`, `false`";
  if (field.type === "list") return "list of texts";
  if (field.type === "string") return field.secret ? "text (secret)" : "text";
  return `${field.minimum} – ${field.maximum}${field.unit === undefined || field.unit === "port" ? "" : ` ${field.unit}`}`;
}

function shown(value: Field["default"]): string {
  return value === undefined
    ? "–"
    : Array.isArray(value) && value.length === 0
      ? "empty"
      : `\`${String(value)}\``;
}

/** The reference of all settings as a Markdown page; docs/configuration.md is this text. */
export function describeConfig(): string {
  const { fields, groups } = listFields();
  const head = `# Configuration

Every setting has a default; a server needs no configuration to start. A setting can come from

1. a flag: \`godwit serve --set listen.port=8480\` (and the short forms \`--port\`, \`--host\`, \`--data\`, \`--log-level\`),
2. the environment: the variable named beside it; lists are separated by commas,
3. a file: \`godwit serve --config godwit.yaml\` (or \`GODWIT_CONFIG\`), YAML, or JSON if its name ends in \`.json\`,
4. its default,

and the first of these that sets it wins. Durations are in milliseconds, and every unit is last in its name. Relative paths start at the
working directory. An unknown name, a wrong type or a value out of bounds is refused before anything starts, with the nearest known name
and what to do. \`godwit config check FILE\` checks without starting, and \`godwit config default\` prints a file with every default.
`;
  const table = (rows: readonly Field[]) =>
    [
      "| setting | default | takes | environment | meaning |",
      "| --- | --- | --- | --- | --- |",
      ...rows.map(
        (field) =>
          `| \`${field.path}\` | ${shown(field.default)} | ${bounds(field)} | \`${variableOf(field.path)}\` | ${field.description} |`,
      ),
    ].join("\n");
  const topLevel = fields.filter((field) => !field.path.includes("."));
  const sections = groups
    .filter((group) => !group.path.includes("."))
    .map((group) => {
      const notes = groups
        .filter(({ path }) => path.startsWith(`${group.path}.`))
        .map(({ path, description }) => `\`${path}\`: ${description}`);
      const rows = fields.filter(({ path }) => path.startsWith(`${group.path}.`));
      return `## ${group.path}\n\n${[group.description, ...notes].join(" ")}\n\n${table(rows)}\n`;
    });
  return [
    head,
    ...(topLevel.length === 0 ? [] : [`## General\n\n${table(topLevel)}\n`]),
    ...sections,
  ].join("\n");
}

function yamlValue(field: Field): string {
  return Array.isArray(field.default)
    ? "[]"
    : typeof field.default === "string"
      ? JSON.stringify(field.default)
      : String(field.default);
}

/** A whole YAML file with every default and its doc; fields without default are commented out. Loading it changes nothing. */
export function defaultConfigFile(): string {
  const { fields, groups } = listFields();
  const lines: string[] = [];
  const opened = new Set<string>();
  for (const field of fields) {
    const names = field.path.split(".");
    for (let depth = 1; depth < names.length; depth++) {
      const path = names.slice(0, depth).join(".");
      if (opened.has(path)) continue;
      opened.add(path);
      if (depth === 1) lines.push("");
      const indent = "  ".repeat(depth - 1);
      lines.push(
        `${indent}# ${groups.find((group) => group.path === path)?.description ?? ""}`,
        `${indent}${names[depth - 1]}:`,
      );
    }
    const indent = "  ".repeat(names.length - 1);
    const name = names.at(-1);
    lines.push(
      `${indent}# ${field.description}`,
      field.default === undefined ? `${indent}# ${name}:` : `${indent}${name}: ${yamlValue(field)}`,
    );
  }
  return `${lines.join("\n").trimStart()}\n`;
}
