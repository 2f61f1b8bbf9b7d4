const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "win32",
];
const libraries = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

/**
 * Optional dependencies that package-lock.json names but does not hold, with the entry that each needs. System, processor and C library
 * are read from the name, as native packages are named by them: `@scope/binding-linux-arm64-musl`.
 * @param {{ packages: Record<string, { optionalDependencies?: Record<string, string>, dev?: boolean }> }} lock
 */
export function missingFromLock(lock) {
  const wanted = Object.values(lock.packages).flatMap((pkg) =>
    Object.entries(pkg.optionalDependencies ?? {}).map(([name, version]) => ({
      name,
      version,
      dev: pkg.dev === true,
    })),
  );
  return wanted
    .filter(({ name }) => lock.packages[`node_modules/${name}`] === undefined)
    .map(({ name, version, dev }) => {
      const parts = name.split("/").at(-1).split("-");
      if (parts.includes("wasm32"))
        return {
          key: `node_modules/${name}`,
          entry: { version, cpu: ["wasm32"], ...(dev && { dev }), optional: true },
        };
      const at = parts.findIndex((part) => systems.includes(part));
      const [os, cpu, library] = parts.slice(at);
      if (at === -1 || cpu === undefined)
        throw new Error(`${name} does not say its platform: add it to package-lock.json by hand`);
      const libc = os === "linux" ? libraries[library] : undefined;
      return {
        key: `node_modules/${name}`,
        entry: {
          version,
          cpu: [cpu],
          ...(dev && { dev }),
          ...(libc && { libc: [libc] }),
          optional: true,
          os: [os],
        },
      };
    });
}
