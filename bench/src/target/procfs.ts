/** What the kernel says of a process: CPU time and memory, read from /proc (proc(5)). */
import { readFileSync, readdirSync } from "node:fs";

/**
 * CPU time of a process in nanoseconds, over all its threads. The scheduler's own account (`schedstat`, first field) is exact;
 * `utime + stime` count in ticks of 10 ms. Threads that end between two readings keep what they had at the last one.
 */
export class CpuMeter {
  readonly #pid: number;
  readonly #byThread = new Map<string, number>();

  constructor(pid: number) {
    this.#pid = pid;
  }

  readNs(): number {
    const tasks = `/proc/${this.#pid}/task`;
    for (const thread of readdirSync(tasks)) {
      try {
        const ns = Number(readFileSync(`${tasks}/${thread}/schedstat`, "utf8").split(" ", 1)[0]);
        this.#byThread.set(thread, ns);
      } catch (error) {
        // The thread ended between the listing and the reading; its last reading stands.
        if (!isGone(error)) throw error;
      }
    }
    let sum = 0;
    for (const ns of this.#byThread.values()) sum += ns;
    return sum;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === "ENOENT" || code === "ESRCH";
}

export interface MemoryReading {
  readonly rssBytes: number;
  /** Resident memory with shared pages divided among those who share them. */
  readonly pssBytes: number;
  /** Highest resident size since the process began. */
  readonly peakBytes: number;
}

/** Memory of a process in bytes. */
export function readMemory(pid: number): MemoryReading {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    rssBytes: kilobytes(rollup, "Rss"),
    pssBytes: kilobytes(rollup, "Pss"),
    peakBytes: kilobytes(status, "VmHWM"),
  };
}

/** The figure of a line such as `Rss:   1234 kB`, in bytes. */
function kilobytes(text: string, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text);
  if (found?.[1] === undefined) throw new Error(`no ${field} in what the kernel reported`);
  return Number(found[1]) * 1024;
}
