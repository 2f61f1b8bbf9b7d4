import { CannotRun } from "../cannot-run.ts";
import { DataFolder, freePort, listens, startChild } from "./child.ts";
import type { Target } from "./target.ts";

/** A server of somebody else's, as it comes from Debian, and how a load speaks with it. */
export interface RivalServer extends Pick<Target, "durability" | "wire"> {
  /** Of the program and of its Debian package. */
  readonly name: string;
  readonly kind: "broker" | "server";
  /** Looked at after the PATH of this process. */
  readonly programFolder: string;
  /** Writes the settings into the folder, and returns the arguments that make the program use them. */
  configure(folder: string, port: number): string[];
  readonly readyMsMax: number;
  readonly token: string;
}

/** Starts it on a port of its own and an empty data folder. Rejects if it is not installed, or does not listen in time. */
export async function startRivalServer(
  rival: RivalServer,
  dataParent: string | undefined,
): Promise<Target> {
  const { name, kind, durability, wire, token } = rival;
  const path = `${process.env["PATH"] ?? ""}:${rival.programFolder}`;
  const program = Bun.which(name, { PATH: path });
  if (program === null)
    throw new CannotRun(`--against ${name} needs the ${kind}: apt-get install ${name}`);
  const data = new DataFolder(dataParent);
  const port = freePort();
  const child = startChild([program, ...rival.configure(data.path, port)], {});
  const startMs = performance.now();
  while (!(await listens(port))) {
    if (performance.now() - startMs < rival.readyMsMax) await Bun.sleep(20);
    else {
      await child.stop("SIGKILL");
      data.remove();
      throw new Error(`${name} did not listen: ${child.output()}`);
    }
  }
  return {
    name,
    isServer: false,
    endpoint: { hostname: "127.0.0.1", port, path: "" },
    pid: child.pid,
    durability,
    prefix: "u",
    wire,
    token: () => token,
    output: () => child.output(),
    async stop() {
      await child.stop();
      data.remove();
    },
  };
}
