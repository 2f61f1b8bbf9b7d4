import { fileURLToPath } from "node:url";
import { DataFolder, startChild } from "./child.ts";
import { floorWire } from "../wire/floor.ts";
import type { Target } from "./target.ts";

/** Starts the floor program of `floor/server.ts` in a process of its own. */
export async function startFloor(
  dataParent: string | undefined,
  scenario: "direct" | "group" | "idle",
): Promise<Target> {
  const data = new DataFolder(dataParent);
  const script = fileURLToPath(new URL("../floor/server.ts", import.meta.url));
  const announced = Promise.withResolvers<number>();
  const child = startChild([process.execPath, script, data.path, scenario], {}, (line) =>
    announced.resolve(Number(line)),
  );
  const port = await Promise.race([
    announced.promise,
    child.exited.then((code) =>
      Promise.reject(new Error(`the floor ended with ${code}: ${child.output()}`)),
    ),
  ]);
  return {
    name: "floor",
    isServer: false,
    endpoint: { hostname: "127.0.0.1", port, path: "/" },
    pid: child.pid,
    durability: data.durable ? "fsync" : "none: the data folder is in memory",
    prefix: "",
    wire: () => floorWire,
    token: () => "",
    output: () => child.output(),
    async stop() {
      await child.stop("SIGKILL");
      data.remove();
    },
  };
}
