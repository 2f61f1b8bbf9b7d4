import { jsonCodec } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { doors, type DoorDeps } from "./doors.ts";
import type { BoshListener } from "./bosh/listener.ts";
import { createHttpApp } from "./http/app.ts";
import type { HttpBackend } from "./http/deps.ts";
import { checkWebDir } from "./http/static.ts";
import { Admission } from "./listeners/admission.ts";
import type { Listener } from "./listeners/listener.ts";
import { openDoor } from "./listeners/opening.ts";
import { WebListener } from "./listeners/web.ts";
import type { Mount } from "./listeners/web-stream.ts";
import { PollListener } from "./poll/listener.ts";

export interface GatewayDeps extends DoorDeps {
  /** Of the server, for its pages. */
  readonly version: string;
  readonly backend: HttpBackend;
}

/** Every door that is open. */
export interface Gateway {
  readonly web: WebListener;
  readonly listeners: readonly Listener[];
  readonly connections: number;
}

/** Opens every listener that is configured. Rejects if one cannot listen; none is left open then. */
export async function openGateway(deps: GatewayDeps): Promise<Gateway> {
  const admission = new Admission(deps.config.limits);
  const ways = doors.map((door) => door(deps, admission, () => web.port));
  const bosh = ways.find((way) => way.bosh !== undefined)?.bosh;
  const poll = openPoll(deps, admission, () => web.port);
  const mounts = ways.flatMap((way) => way.mounts);
  const web = openWeb(deps, admission, { mounts, poll, bosh });
  const listeners: Listener[] = [web, poll, bosh].filter((each) => each !== undefined);
  try {
    for (const opening of ways.flatMap(({ openings }) => openings)) {
      const listener = await openDoor(opening, deps);
      if (listener !== undefined) listeners.push(listener);
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.stop()));
    throw error;
  }
  return {
    web,
    listeners,
    get connections() {
      return listeners.reduce((sum, listener) => sum + listener.connections, 0);
    },
  };
}

/** Long-poll and server-sent events, by requests to the web's port. */
function openPoll(
  { config, logic, clock, random }: GatewayDeps,
  admission: Admission,
  port: () => number,
): PollListener | undefined {
  if (!config.poll.enabled) return undefined;
  return new PollListener({
    config: {
      framesMax: config.poll.queueEntriesMax,
      waitMsMax: config.poll.waitMs,
      bytesMax: config.limits.writeBufferBytesMax,
      connectDeadlineMs: config.sessions.connectDeadlineMs,
    },
    protocol: logic.protocol,
    admission,
    clock,
    random,
    port,
  });
}

/** What is spoken at the web's port beside the native protocol over WebSocket. */
interface WebWays {
  readonly mounts: readonly Mount[];
  readonly poll: PollListener | undefined;
  readonly bosh: BoshListener | undefined;
}

/** WebSocket, HTTP API and pages. */
function openWeb(
  deps: GatewayDeps,
  admission: Admission,
  { mounts, poll, bosh }: WebWays,
): WebListener {
  const { config, version, accounts, backend, logic, clock, log } = deps;
  checkWebDir(config.webDir);
  const http = createHttpApp({
    accounts,
    backend,
    config: {
      version,
      allowedOrigins: config.listen.origins,
      bodyBytesMax: config.limits.frameBytesMax,
      requestsPerMinuteMax: config.limits.httpRequestsPerMinuteMax,
      trustProxy: config.listen.trustProxy,
      metricsToken: config.metrics.token,
      webDir: config.webDir,
      listenHost: config.listen.host,
    },
    poll,
    bosh,
    clock,
    logError: (error, request) => log.error({ error, ...request }, "request failed"),
  });
  return new WebListener({
    config: {
      ...config.listen,
      connectDeadlineMs: config.sessions.connectDeadlineMs,
      frameBytesMax: config.limits.frameBytesMax,
      // Beyond the limit of the API, so that it is the API that answers, in its own form.
      bodyBytesMax: config.limits.frameBytesMax * 2,
      writeBufferBytesMax: config.limits.writeBufferBytesMax,
    },
    protocol: logic.protocol,
    codecs: [jsonCodec, binaryCodec],
    mounts,
    http,
    admission,
    clock,
    log,
  });
}
