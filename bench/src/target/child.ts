/** A server as a process of its own, on a data folder that is removed afterwards. */
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux's magic number of tmpfs (statfs(2)): a file system on which fsync costs nothing and means nothing. */
const tmpfsMagic = 0x0102_1994;

export class DataFolder {
  readonly path: string;
  readonly #onExit = () => this.#delete();

  /** Makes an empty folder under `parent` (the system's temporary folder if not given). */
  constructor(parent: string | undefined) {
    this.path = mkdtempSync(join(parent ?? tmpdir(), "godwit-bench-"));
    process.on("exit", this.#onExit);
  }

  /** False where "synced" would be a lie, because the folder is in memory. */
  get durable(): boolean {
    return statfsSync(this.path).type !== tmpfsMagic;
  }

  remove(): void {
    process.off("exit", this.#onExit);
    this.#delete();
  }

  #delete(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Child {
  readonly pid: number;
  /** What the process printed so far (both streams), at most its last 64 KB: for the message when it fails. */
  output(): string;
  /** Ends it with a signal and waits until it is gone. SIGKILL follows after 10 s. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  readonly exited: Promise<number>;
}

const outputCharsMax = 65_536;

/** Starts a process that ends with this one at the latest, with its output kept for error messages. `onLine` hears each line of its standard output. */
export function startChild(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine?: (line: string) => void,
): Child {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
  });
  const onExit = () => child.kill("SIGKILL");
  process.on("exit", onExit);
  void child.exited.then(() => process.off("exit", onExit));
  let output = "";
  const keep = (text: string) => {
    output = (output + text).slice(-outputCharsMax);
  };
  void follow(child.stdout, keep, onLine);
  void follow(child.stderr, keep);
  return {
    pid: child.pid,
    output: () => output,
    exited: child.exited,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.exited;
      clearTimeout(timer);
    },
  };
}

async function follow(
  stream: ReadableStream<Uint8Array>,
  keep: (text: string) => void,
  onLine?: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    keep(text);
    if (onLine === undefined) continue;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/** Whether somebody listens on a port of this machine. */
export async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    // Nobody listens yet.
    return false;
  }
}
