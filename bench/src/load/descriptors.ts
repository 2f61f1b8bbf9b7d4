import { readFileSync } from "node:fs";

/** Descriptors that a process needs beside its connections. */
const othersMax = 150;

/** @throws Error, saying what to do, if this process or its children may not open so many sockets. */
export function requireDescriptors(connections: number): void {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  if (connections + othersMax <= limit) return;
  throw new Error(
    `${connections} connections need ${connections + othersMax} descriptors in each process, and the limit is ${limit}: ` +
      `raise it with \`ulimit -n ${connections + othersMax}\`, or use --connections ${limit - othersMax}`,
  );
}
