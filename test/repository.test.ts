/** What a fresh clone relies on before any code of ours runs. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import packageJson from "../package.json" with { type: "json" };
import { explain } from "../scripts/explain.mjs";
import { missingFromLock } from "../scripts/lock.mjs";
import { words } from "../scripts/words.mjs";

interface LockedPackage {
  readonly version?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
  readonly optionalDependencies?: Record<string, string>;
}
type Lock = { readonly packages: Record<string, LockedPackage> };

const lock = JSON.parse(
  readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"),
) as Lock;

test("npm ci finds every package in the lock file (else: node scripts/complete-lock.mjs)", () => {
  expect(missingFromLock(lock).map(({ key }) => key)).toEqual([]);
});

test("a package that the lock file lacks is described by its name", () => {
  const packages = {
    "node_modules/a": {
      dev: true,
      optionalDependencies: { "@a/b-linux-arm64-musl": "1.0.0", "@a/b-win32-x64-msvc": "1.0.0" },
    },
  };
  expect(missingFromLock({ packages })).toEqual([
    {
      key: "node_modules/@a/b-linux-arm64-musl",
      entry: {
        version: "1.0.0",
        cpu: ["arm64"],
        dev: true,
        libc: ["musl"],
        optional: true,
        os: ["linux"],
      },
    },
    {
      key: "node_modules/@a/b-win32-x64-msvc",
      entry: { version: "1.0.0", cpu: ["x64"], dev: true, optional: true, os: ["win32"] },
    },
  ]);
});

test("only approved packages have install scripts, so that npm warns of none", () => {
  const scripted = Object.entries(lock.packages).filter(
    ([, pkg]) => pkg.hasInstallScript === true && pkg.optional !== true,
  );
  expect(scripted.map(([path]) => path.replace("node_modules/", ""))).toEqual(
    Object.keys(packageJson.allowScripts),
  );
});

test("every package runs on Node 20, so that npm warns of none", () => {
  const newer = Object.entries(lock.packages).filter(([, { engines }]) => {
    const range = engines?.node;
    // Bun compares versions by npm's rules.
    return range !== undefined && !Bun.semver.satisfies("20.20.0", range);
  });
  expect(newer.map(([path]) => path)).toEqual([]);
});

test("dependencies are pinned exactly", () => {
  const files = [
    "package.json",
    ...["protocol", "server", "client", "cli"].map((name) => `packages/${name}/package.json`),
    "apps/web/package.json",
    "bench/package.json",
  ];
  const loose = files.flatMap((file) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(new URL(`../${file}`, import.meta.url), "utf8"),
    ) as { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };
    return Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
  });
  expect(loose).toEqual([]);
});

const english = { LANG: "C" };

test("a failed set-up is explained by its cause", () => {
  expect(
    explain("EACCES", "EACCES: permission denied, open '/srv/a'", "/srv/a", english),
  ).toContain("No permission to write in /srv/a");
  expect(
    explain(undefined, "npm error code ENOTFOUND\nnpm error network request failed", "/a", english),
  ).toContain("registry cannot be reached");
  expect(explain(undefined, "npm error code ENOSPC", "/a", english)).toContain("disk is full");
  expect(explain(undefined, "npm error code EUSAGE", "/a", english)).toContain("do not agree");
  expect(
    explain(
      undefined,
      "npm error code E999\nnpm error   at frame (a.js:1)\nnpm error",
      "/a",
      english,
    ),
  ).toBe("The set-up failed:\nnpm error code E999");
});

test("it is explained in Chinese to those who read Chinese", () => {
  const chinese = { LANG: "zh_CN.UTF-8" };
  expect(explain(undefined, "npm error code ENOSPC", "/a", chinese)).toContain("磁盘已满");
  expect(Object.keys(words(chinese))).toEqual(Object.keys(words(english)));
  expect(words({ LANG: "zh_CN.UTF-8", LC_ALL: "C" })).toBe(words(english));
});
