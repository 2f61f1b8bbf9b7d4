import { posix } from "node:path";
import {
  ambientPlaces,
  bounds,
  bunOnlyPlaces,
  clients,
  isomorphic,
  longFiles,
  ownPrograms,
  ranks,
  testOnly,
} from "./ranks.ts";
import type { Source } from "./source.ts";

/** One broken rule: where, what, and what to do about it. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Every rule, in the order in which it is worth mending what breaks them. */
export const rules: Readonly<Record<string, (sources: readonly Source[]) => Violation[]>> = {
  specifiers,
  importRanks,
  cycles,
  engines,
  bunOnly,
  ambient,
  isomorphicOnly,
  clientsOnly,
  moduleState,
  portSize,
  fileSize,
  functionSize,
};

const isTest = (path: string) => testOnly.test(path);
const inServer = (path: string) => path.startsWith("packages/server/src/");

/** The module that a file belongs to, as it is named in the list of ranks; undefined for tests, scripts and examples. */
export function moduleOf(path: string): string | undefined {
  const server = /^packages\/server\/src\/([^/]+)/.exec(path)?.[1];
  if (server !== undefined) return `server/${server}`;
  const name =
    /^(?:packages|apps)\/([^/]+)\/(src|bin)\//.exec(path)?.[1] ?? /^(bench)\//.exec(path)?.[1];
  return name;
}

/** What a specifier points at, as a path of the repository; undefined for `node:`, `bun:` and other packages. */
export function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const [, name, sub] = /^@godwit\/([a-z]+)(\/.+)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  if (name === "bench") return "bench/src/index.ts";
  if (name === "server")
    return `packages/server/src/${sub === "/config" ? "config/config.ts" : "server.ts"}`;
  return `packages/${name}/src${sub ?? "/index"}.ts`;
}

/** Relative imports name the file with its ending, and do not reach into another package. */
export function specifiers(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      for (const { specifier, line } of source.imports) {
        if (!specifier.startsWith(".")) continue;
        const target = posix.join(posix.dirname(source.path), specifier);
        if (!/\.(ts|tsx|mjs|js|json|css)$/.test(specifier))
          report(
            line,
            `"${specifier}" has no ending: write "${specifier}.ts" (or "${specifier}/….ts")`,
          );
        else if (
          !isTest(source.path) &&
          target.includes("/") &&
          packageOf(target) !== packageOf(source.path)
        )
          report(
            line,
            `"${specifier}" reaches into ${packageOf(target)}: import what that package exports, as "@godwit/…"`,
          );
      }
    },
    "specifiers",
  );
}

function packageOf(path: string): string {
  return /^(packages|apps)\/[^/]+/.exec(path)?.[0] ?? /^[^/]+/.exec(path)?.[0] ?? path;
}

/** A module imports only modules of a lower rank. */
export function importRanks(sources: readonly Source[]): Violation[] {
  const rankOf = new Map(
    ranks.flatMap((names, rank) => names.map((name) => [name, rank] as const)),
  );
  return each(
    sources,
    (source, report) => {
      const own = moduleOf(source.path);
      if (own === undefined || isTest(source.path)) return;
      const ownRank = rankOf.get(own);
      if (ownRank === undefined) {
        report(
          1,
          `the module ${own} has no rank: give it one in test/architecture/ranks.ts, or move the file into a module that has`,
        );
        return;
      }
      for (const { specifier, line } of source.imports) {
        const target = resolve(source.path, specifier);
        const other = target === undefined ? undefined : moduleOf(target);
        if (other === undefined || other === own) continue;
        const rank = rankOf.get(other);
        if (rank === undefined)
          report(
            line,
            `${own} imports ${other}, which has no rank: add it to test/architecture/ranks.ts`,
          );
        else if (rank >= ownRank)
          report(
            line,
            `${own} (rank ${ownRank}) imports ${other} (rank ${rank}): ${remedy(rank === ownRank, own, other)}`,
          );
      }
    },
    "importRanks",
  );
}

function remedy(siblings: boolean, own: string, other: string): string {
  return siblings
    ? "siblings do not know each other. Move what both need into a lower module, or let the module above both join them"
    : `declare what ${own} needs as an interface of its own, and let ${other} or server.ts hand it in`;
}

/** No file reaches itself through its imports, tests aside. */
export function cycles(sources: readonly Source[]): Violation[] {
  const known = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      const loop = [...trail.slice(at), path].join(" → ");
      found.push({
        rule: "cycles",
        path,
        line: 1,
        message: `imports itself: ${loop}. Move what both ends need into a file of its own`,
      });
      return;
    }
    if (done.has(path)) return;
    for (const { specifier } of known.get(path)?.imports ?? []) {
      const target = resolve(path, specifier);
      if (target !== undefined && known.has(target) && !isTest(target))
        walk(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of known.keys()) if (!isTest(path)) walk(path, []);
  return found;
}

/**
 * A module that has a `port.ts` is known to the others by that file alone. Its engines are named by `server.ts` and by tests,
 * and they do not import each other.
 */
export function engines(sources: readonly Source[]): Violation[] {
  const ported = sources
    .filter(({ path }) => path.endsWith("/port.ts"))
    .map(({ path }) => posix.dirname(path));
  return each(
    sources,
    (source, report) => {
      if (isTest(source.path) || source.path === "packages/server/src/server.ts") return;
      for (const { specifier, line } of source.imports) {
        const target = resolve(source.path, specifier);
        const folder = ported.find((name) => target?.startsWith(`${name}/`));
        if (target === undefined || folder === undefined) continue;
        const inside = source.path.startsWith(`${folder}/`);
        if (!inside && target !== `${folder}/port.ts`)
          report(
            line,
            `only server.ts names what is behind ${folder}/port.ts: take the interface from the port, and be handed the engine`,
          );
        const from = engineOf(folder, source.path);
        const to = engineOf(folder, target);
        if (inside && to !== undefined && from !== to && !isTest(source.path))
          report(
            line,
            `${from ?? "the port"} imports the engine ${to}: move what both need beside the port`,
          );
      }
    },
    "engines",
  );
}

/** The engine's folder below its port's, undefined for files beside the port. */
function engineOf(folder: string, path: string): string | undefined {
  const rest = path.slice(folder.length + 1);
  return rest.includes("/") ? rest.slice(0, rest.indexOf("/")) : undefined;
}

/** `Bun.*` and `bun:*` only where the list allows them. */
export function bunOnly(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      if (bunOnlyPlaces.some((place) => place.test(source.path))) return;
      const advice =
        "use a node: or Web API, or move this into a listener, the SQLite engine or accounts/password.ts";
      for (const { specifier, line } of source.imports)
        if (/^bun(:|$)/.test(specifier))
          report(line, `"${specifier}" exists only in Bun: ${advice}`);
      for (const { name, line } of source.globals)
        if (name === "Bun") report(line, `Bun.* exists only in Bun: ${advice}`);
    },
    "bunOnly",
  );
}

const ambientNames: ReadonlySet<string> = new Set(
  [
    ["Date.now", "new Date", "performance.now", "process.hrtime", "Math.random"],
    ["setTimeout", "setInterval", "setImmediate", "randomUUID", "randomBytes", "randomFillSync"],
    ["crypto.randomUUID", "crypto.getRandomValues", "crypto.randomBytes"],
  ].flat(),
);

/** Time, timers and randomness reach the server's modules as dependencies, so that a seeded scheduler can run them. */
export function ambient(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      if (!inServer(source.path) || ambientPlaces.some((place) => place.test(source.path))) return;
      for (const { name, line } of source.globals)
        if (ambientNames.has(name))
          report(
            line,
            `${name} is not under the tests' control: take a Clock or a Random (lib/clock.ts, lib/random.ts)`,
          );
      for (const { specifier, line } of source.imports)
        if (specifier.startsWith("node:timers"))
          report(line, `${specifier} is not under the tests' control: take a Clock (lib/clock.ts)`);
    },
    "ambient",
  );
}

/** Packages that browsers load import nothing of Node's. */
export function isomorphicOnly(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      const place = isomorphic.find(({ folder }) => source.path.startsWith(folder));
      if (place === undefined || place.except.some((pattern) => pattern.test(source.path))) return;
      for (const { specifier, line } of source.imports)
        if (specifier.startsWith("node:"))
          report(line, `${specifier} is not in browsers: use a Web API, or inject it`);
    },
    "isomorphicOnly",
  );
}

/** Clients know the SDK alone, and of them only the model knows it. */
export function clientsOnly(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      const client = clients.find(({ folder }) => source.path.startsWith(folder));
      if (client === undefined || isTest(source.path)) return;
      const inModel = source.path.startsWith(client.model);
      for (const { specifier, line } of source.imports) {
        if (specifier.startsWith("@godwit/") && specifier !== "@godwit/client")
          report(line, `"${specifier}" is not for clients: import "@godwit/client"`);
        if (inModel) continue;
        const target = resolve(source.path, specifier) ?? "";
        if (
          client.modelOnly.test(specifier) ||
          (target.startsWith(client.model) && !client.entries.includes(target))
        )
          report(
            line,
            `"${specifier}" is the model's own: use a hook or an action of ${client.model}index.ts`,
          );
      }
    },
    "clientsOnly",
  );
}

/** Two servers run in one process: what changes belongs to an object that somebody makes. */
export function moduleState(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      if (!inServer(source.path) || isTest(source.path) || ownPrograms.test(source.path)) return;
      for (const { name, line } of source.mutable)
        report(
          line,
          `${name} is state of the module, shared by all servers of the process: move it into the object that owns it` +
            (name.startsWith("const")
              ? ", or type it as ReadonlyMap, ReadonlySet or readonly […] if it never changes"
              : ""),
        );
    },
    "moduleState",
  );
}

/** A port stays small enough to be implemented anew in an afternoon. */
export function portSize(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      if (!source.path.endsWith("/port.ts")) return;
      for (const { name, line, methods } of source.interfaces)
        if (methods > bounds.portMethodsMax)
          report(
            line,
            `${name} has ${methods} methods, more than ${bounds.portMethodsMax}: split it by noun, or build the rest on top of it`,
          );
    },
    "portSize",
  );
}

export function fileSize(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      const lines = source.text.trimEnd().split("\n").length;
      const max = longFiles.get(source.path)?.linesMax ?? bounds.fileLinesMax;
      if (lines > max)
        report(
          1,
          `has ${lines} lines, more than ${max}: find the second noun in it and give that its own file`,
        );
    },
    "fileSize",
  );
}

/** Lists of cases (tests, suites) are as long as there are cases. */
export function functionSize(sources: readonly Source[]): Violation[] {
  return each(
    sources,
    (source, report) => {
      if (isTest(source.path)) return;
      for (const { name, line, lines } of source.functions)
        if (lines > bounds.functionLinesMax)
          report(
            line,
            `${name} has ${lines} lines, more than the ${bounds.functionLinesMax} of a screen: name its steps and make functions of them`,
          );
    },
    "functionSize",
  );
}

function each(
  sources: readonly Source[],
  inspect: (source: Source, report: (line: number, message: string) => void) => void,
  rule: string,
): Violation[] {
  return sources.flatMap((source) => {
    const found: Violation[] = [];
    inspect(source, (line, message) => found.push({ rule, path: source.path, line, message }));
    return found;
  });
}
