import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** What the checks need to know of one source file. Paths are relative to the repository, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Every specifier that the file names: imports, re-exports, types by `import()`, and workers by `new Worker(new URL(…))`. */
  readonly imports: readonly Import[];
  readonly functions: readonly {
    readonly name: string;
    readonly line: number;
    readonly lines: number;
  }[];
  readonly interfaces: readonly {
    readonly name: string;
    readonly line: number;
    readonly methods: number;
  }[];
  /** What the file asks of its surroundings: `Bun`, called functions (`setTimeout`), members (`Date.now`), `new Date` without arguments. */
  readonly globals: readonly Named[];
  /** Variables that belong to the module and can change while it is loaded. */
  readonly mutable: readonly Named[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

export interface Named {
  readonly name: string;
  readonly line: number;
}

const sourceFolders = ["packages", "bench", "test", "scripts", "examples", "apps"];
const skippedFolders = new Set(["node_modules", "dist", "generated", "vendor"]);

/** Reads every source file of the repository that a person wrote. */
export function readSources(root: string): Source[] {
  const present = readdirSync(root);
  return sourceFolders
    .filter((folder) => present.includes(folder))
    .flatMap((folder) => filesUnder(root, folder))
    .map((path) => parseSource(path, readFileSync(join(root, path), "utf8")));
}

function filesUnder(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : filesUnder(root, path);
    return /\.(ts|tsx|mjs)$/.test(entry.name) && !/\.(d|gen)\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** Parses one file; a syntax error is the caller's to fix, so it is thrown. */
export function parseSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const lineAt = lineFinder(text);
  const functions: { name: string; line: number; lastLine: number }[] = [];
  const interfaces: { name: string; line: number; methods: number }[] = [];
  const imports: Import[] = [];
  const globals: Named[] = [];
  const literals: Span[] = [];
  const names = new Map<number, string>();

  const addImport = (node: { value: unknown; start: number } | null | undefined) => {
    if (typeof node?.value === "string")
      imports.push({ specifier: node.value, line: lineAt(node.start) });
  };
  const addFunction = (node: { start: number; end: number; id?: { name: string } | null }) => {
    const line = lineAt(node.start);
    const name = node.id?.name ?? names.get(node.start) ?? "(anonymous)";
    functions.push({ name, line, lastLine: lineAt(node.end) });
  };

  const addLiteral = (node: { start: number; end: number }) => {
    literals.push({ name: "", line: lineAt(node.start), lastLine: lineAt(node.end) });
  };

  new Visitor({
    ImportDeclaration: (node) => addImport(node.source),
    ExportNamedDeclaration: (node) => addImport(node.source),
    ExportAllDeclaration: (node) => addImport(node.source),
    ImportExpression: (node) => {
      if (node.source.type === "Literal") addImport(node.source);
    },
    TSImportType: (node) => addImport(node.source),
    NewExpression(node) {
      const [file] = node.arguments;
      if (node.callee.type !== "Identifier") return;
      if (node.callee.name === "Date" && file === undefined)
        globals.push({ name: "new Date", line: lineAt(node.start) });
      // A worker is part of the program as an import is; a file that is started as a program of its own is not.
      if (node.callee.name !== "Worker" || file?.type !== "NewExpression") return;
      const [path] = file.arguments;
      if (path?.type === "Literal") addImport(path);
    },
    VariableDeclarator(node) {
      if (node.id.type === "Identifier" && node.init) names.set(node.init.start, node.id.name);
    },
    Property(node) {
      if (node.key.type === "Identifier") names.set(node.value.start, node.key.name);
    },
    MethodDefinition(node) {
      if (node.key.type === "Identifier") names.set(node.value.start, node.key.name);
    },
    ObjectExpression: (node) => addLiteral(node),
    ArrayExpression: (node) => addLiteral(node),
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    TSInterfaceDeclaration(node) {
      const methods = node.body.body.filter(
        (member) =>
          member.type === "TSMethodSignature" ||
          (member.type === "TSPropertySignature" &&
            member.typeAnnotation?.typeAnnotation.type === "TSFunctionType"),
      );
      interfaces.push({ name: node.id.name, line: lineAt(node.start), methods: methods.length });
    },
    Identifier(node) {
      if (node.name === "Bun") globals.push({ name: "Bun", line: lineAt(node.start) });
    },
    CallExpression({ callee }) {
      if (callee.type === "Identifier")
        globals.push({ name: callee.name, line: lineAt(callee.start) });
    },
    MemberExpression(node) {
      if (node.object.type === "Identifier" && node.property.type === "Identifier")
        globals.push({
          name: `${node.object.name}.${node.property.name}`,
          line: lineAt(node.start),
        });
    },
  }).visit(program);
  return {
    path,
    text,
    imports,
    functions: functions.map((outer) => ownLines(outer, [...functions, ...literals])),
    interfaces,
    globals,
    mutable: moduleState(program, text, lineAt),
  };
}

interface Span {
  readonly name: string;
  readonly line: number;
  readonly lastLine: number;
}

function ownLines(
  outer: Span,
  all: readonly Span[],
): { name: string; line: number; lines: number } {
  const inside = all.filter(
    (inner) => inner !== outer && inner.line >= outer.line && inner.lastLine <= outer.lastLine,
  );
  const lines = new Set<number>();
  for (let line = outer.line; line <= outer.lastLine; line += 1) lines.add(line);
  // The first line of what is inside belongs to the outer function, where it is named or called.
  for (const inner of inside)
    for (let line = inner.line + 1; line <= inner.lastLine; line += 1) lines.delete(line);
  return { name: outer.name, line: outer.line, lines: lines.size };
}

type Program = ReturnType<typeof parseSync>["program"];

/**
 * `let` and `var` at the top level, class statics that are not readonly, and top-level collections that are not typed as read-only.
 * A constant table is fine once its type says so: `const table: ReadonlyMap<…> = new Map(…)`.
 */
function moduleState(program: Program, text: string, lineAt: (offset: number) => number): Named[] {
  const found: Named[] = [];
  for (const statement of program.body) {
    const node =
      statement.type === "ExportNamedDeclaration" && statement.declaration
        ? statement.declaration
        : statement;
    if (node.type === "ClassDeclaration")
      for (const member of node.body.body)
        if (
          member.type === "PropertyDefinition" &&
          member.static &&
          !member.readonly &&
          member.key.type === "Identifier"
        )
          found.push({ name: `static ${member.key.name}`, line: lineAt(member.start) });
    if (node.type !== "VariableDeclaration") continue;
    for (const { id, init, start } of node.declarations) {
      if (id.type !== "Identifier") continue;
      const collection =
        init?.type === "NewExpression" &&
        init.callee.type === "Identifier" &&
        /^(Weak)?(Map|Set)$/.test(init.callee.name);
      const empty =
        (init?.type === "ArrayExpression" && init.elements.length === 0) ||
        (init?.type === "ObjectExpression" && init.properties.length === 0);
      // The annotation's text is enough: the compiler holds the code to it.
      const annotation = id.typeAnnotation
        ? text.slice(id.typeAnnotation.start, id.typeAnnotation.end)
        : "";
      const typedReadonly = /^:\s*(Readonly(Map|Set|Array)?\b|readonly\b)/.test(annotation);
      if (node.kind !== "const" || ((collection || empty) && !typedReadonly))
        found.push({ name: `${node.kind} ${id.name}`, line: lineAt(start) });
    }
  }
  return found;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
