/**
 * The order of the modules as data. A module may import any module of a lower rank, never one of its own rank or above.
 * Types count: a type that points upwards makes the lower module's meaning depend on the upper one.
 *
 * A module is a folder below `packages/server/src`, a whole package or application, or one file where the file is named.
 */
export const ranks: readonly (readonly string[])[] = [
  ["protocol", "server/lib"],
  ["server/store", "server/offline", "server/hub", "server/config", "client"],
  ["server/accounts", "server/conversations", "server/presence", "server/moderation"],
  ["server/fanout"],
  ["server/messaging"],
  ["server/session"],
  ["server/gateway"],
  ["server/metrics.ts"],
  ["server/server.ts"],
  ["bench", "web"],
  ["cli"],
];

/** Tests, and what only tests, drills and measurements import. */
export const testOnly =
  /^test\/|^apps\/[a-z]+\/tests\/|\.test\.tsx?$|\/(testing|suite|drills|bench|test-[a-z-]+)(\.ts$|\/)/;

/** Files that run as programs of their own, in a thread or a process: what they keep is theirs. */
export const ownPrograms = /\/worker\.ts$/;

/** Where the APIs that only Bun has may be used; every other file runs on any runtime with Web and `node:` APIs. */
export const bunOnlyPlaces: readonly RegExp[] = [
  /^packages\/server\/src\/gateway\/listeners\//,
  /^packages\/server\/src\/store\/sqlite\//,
  /^packages\/server\/src\/accounts\/password\.ts$/,
  /^(packages|apps)\/[a-z]+\/scripts\//,
  /^bench\//,
  testOnly,
];

/** Where time, timers and randomness come from; every other file of the server is handed a Clock and a Random. */
export const ambientPlaces: readonly RegExp[] = [
  // An engine waits for a real disk in real time; a simulation runs on the engine in memory.
  /^packages\/server\/src\/store\/sqlite\//,
  /^packages\/server\/src\/lib\/(clock|random)\.ts$/,
  testOnly,
];

/** Packages that run in browsers too, and the files in them that do not. */
export const isomorphic: readonly {
  readonly folder: string;
  readonly except: readonly RegExp[];
}[] = [
  { folder: "packages/protocol/src/", except: [/\.test\.ts$/] },
  {
    folder: "packages/client/src/",
    except: [
      /\.test\.ts$/,
      /\/testing(\.ts$|\/)/,
      /\/(node|node-socket|file-storage|platform-sockets|tcp)\.ts$/,
      /\/tcp\//,
    ],
  },
  { folder: "apps/web/src/", except: [/\.test\.tsx?$/, /\/testing(\.ts$|\/)/] },
];

/**
 * Clients are written against the SDK and nothing else of ours. What they know lives in one folder: what is drawn imports its entry, and neither
 * the SDK nor what the browser keeps.
 */
export const clients: readonly {
  readonly folder: string;
  readonly model: string;
  readonly entries: readonly string[];
  readonly modelOnly: RegExp;
}[] = [
  {
    folder: "apps/web/src/",
    model: "apps/web/src/model/",
    entries: ["apps/web/src/model/index.ts", "apps/web/src/model/types.ts"],
    modelOnly: /^(@godwit\/client|idb)$/,
  },
];

/** Files that may be longer, each with its reason. */
export const longFiles: ReadonlyMap<
  string,
  { readonly linesMax: number; readonly reason: string }
> = new Map([
  [
    "packages/server/src/config/schema.ts",
    { linesMax: 500, reason: "every setting with its unit, default and meaning in one table" },
  ],
]);

export const bounds = {
  /** Generated files excluded. */
  fileLinesMax: 400,
  /** A screen, without the functions and the literals inside it. Tests excluded: they are lists of cases. */
  functionLinesMax: 70,
  portMethodsMax: 10,
} as const;
