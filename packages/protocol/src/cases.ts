/**
 * The wire cases: one table of valid and hostile frames that drives the tests of codecs, validation, server and SDK. What an
 * implementation must survive is here; add a case for every defect that is found.
 */
import type { HostileCase } from "./cases/hostile.ts";
import { hostileBinary } from "./cases/hostile-binary.ts";
import { hostileJson } from "./cases/hostile-json.ts";
import { hostileParams } from "./cases/hostile-params.ts";

export { commandCases, type CommandCase } from "./cases/commands.ts";
export type { HostileCase, Outcome } from "./cases/hostile.ts";
export { serverCases, type ServerCase } from "./cases/server.ts";
export { controlCases, tcpCases, type ControlCase, type TcpCase } from "./cases/tcp.ts";

/** Frames from clients that are broken, malicious or merely odd, and what a server makes of each. */
export const hostileCases: readonly HostileCase[] = [
  ...hostileJson(),
  ...hostileParams(),
  ...hostileBinary(),
];
