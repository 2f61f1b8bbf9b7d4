import { readFileSync } from "node:fs";
import { CannotRun } from "../cannot-run.ts";

/** Descriptors that a process needs beside its connections. */
const othersMax = 150;

/** @throws CannotRun, saying what to do, if this process or its children may not open so many sockets. */
export function requireDescriptors(connections: number, socketsEach = 1): void {
  const needed = connections * socketsEach + othersMax;
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  if (needed <= limit) return;
  const possible = Math.floor((limit - othersMax) / socketsEach);
  throw new CannotRun(
    `${connections} connections need ${needed} descriptors in each process, and the limit is ${limit}: ` +
      `raise it with \`ulimit -n ${needed}\`, or use --connections ${possible}`,
  );
}
