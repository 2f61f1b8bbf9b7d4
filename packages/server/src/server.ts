/** The composition root: the only file that names engines. Everything is made here, in the order of the ranks, and stopped in the reverse. */
import { join } from "node:path";
import { compileCommands } from "@godwit/protocol/validate";
import { createAccounts, type Accounts } from "./accounts/accounts.ts";
import type { Config } from "./config/config.ts";
import { unusable } from "./config/error.ts";
import { Changes } from "./conversations/changes.ts";
import { Conversations } from "./conversations/conversations.ts";
import { Views } from "./conversations/views.ts";
import { Fanout } from "./fanout/fanout.ts";
import { openGateway } from "./gateway/gateway.ts";
import { NativeProtocol } from "./gateway/protocols/native.ts";
import { Hub } from "./hub/hub.ts";
import { systemClock, type Clock } from "./lib/clock.ts";
import { createLog, type Log } from "./lib/log.ts";
import { Unhandled } from "./lib/unhandled.ts";
import { metricsText } from "./lib/metrics.ts";
import { systemRandom, type Random } from "./lib/random.ts";
import { Committer } from "./messaging/committer.ts";
import { announcer, Messaging } from "./messaging/messaging.ts";
import { Receipts } from "./messaging/receipts.ts";
import { serverMetrics } from "./metrics.ts";
import type { Moderator } from "./moderation/port.ts";
import { WordFileError } from "./moderation/word-file.ts";
import { openWordModerator, type Reloaded } from "./moderation/word-moderator.ts";
import { MemoryOffline } from "./offline/memory/memory.ts";
import { restoreOffline, saveOffline } from "./offline/file.ts";
import { Presence } from "./presence/presence.ts";
import { Backend } from "./session/backend.ts";
import { commandTable } from "./session/commands/table.ts";
import { Dispatcher } from "./session/dispatch.ts";
import { Greeter } from "./session/greeter.ts";
import { Sessions } from "./session/sessions.ts";
import { openMemoryStore } from "./store/memory/memory.ts";
import type { Store } from "./store/port.ts";
import { inspectDatabase } from "./store/sqlite/open.ts";
import { openSqliteStore } from "./store/sqlite/sqlite.ts";

export interface Overrides {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly store?: Store;
  readonly log?: Log;
}

export interface RunningServer {
  /** Of WebSocket, HTTP and health. */
  readonly port: number;
  /** Of every listener, by its name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly url: string;
  /** The administrator that the first start made; its password is not kept in readable form. */
  readonly firstAdmin: { readonly user: string; readonly password: string } | undefined;
  /** The accounts as the server has them, for whatever else its own process runs. */
  readonly accounts: Accounts;
  /**
   * To be told by the process of a rejection that nobody awaits: a mistake of the program, which belongs to one command or connection. It is logged as an
   * error and counted in `godwit_faults_total`; the others go on.
   */
  readonly unhandled: (reason: unknown) => void;
  /** Drains and stops: sends in flight are answered, clients are told to come back elsewhere. */
  stop(): Promise<void>;
}

export const version = "0.1.0";

/** How long after a draining notice clients come back: spread by their own jitter. */
const reconnectAfterMs = 500;
/** How long a stop waits for the store to answer for what it was handed. */
const settleMs = 10_000;
const pollMs = 10;
const wordFileCheckMs = 5_000;
/** How often the offline queue gives back what it keeps no longer. */
const offlineSweepMs = 60_000;

/** Starts a whole server. Rejects with a readable error if it refuses to start; nothing is left running then. */
export async function startServer(
  config: Config,
  overrides: Overrides = {},
): Promise<RunningServer> {
  const clock = overrides.clock ?? systemClock;
  const random = overrides.random ?? systemRandom;
  const log = overrides.log ?? createLog(config.log.level, config.log.format);
  const store = overrides.store ?? (await openStore(config));
  try {
    return await assemble(config, { clock, random, log, store });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The accounts of a data folder on which no server runs, for administration; the store refuses if one does. */
export async function openAccounts(
  config: Config,
): Promise<{ readonly accounts: Accounts; close(): Promise<void> }> {
  const store = await openStore(config);
  try {
    const accounts = await createAccounts({
      store: store.accounts,
      config: config.accounts,
      clock: systemClock,
      random: systemRandom,
    });
    return { accounts, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What of a data folder's database was found sound, in words, without writing to it; throws a StoreError as a start would. */
export async function inspectData({ dataDir }: Config): Promise<string> {
  return inspectDatabase(dataDir);
}

async function openStore(config: Config): Promise<Store> {
  if (config.store.engine === "memory") return openMemoryStore();
  return openSqliteStore({ dir: config.dataDir });
}

interface Base {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Store;
}

async function assemble(config: Config, base: Base): Promise<RunningServer> {
  const { clock, random, log, store } = base;
  const accounts = await createAccounts({
    store: store.accounts,
    config: config.accounts,
    clock,
    random,
    warn: (message) => log.warn(message),
  });
  const assembling = assembleLogic(config, base, accounts);
  try {
    const [firstAdmin, logic] = await Promise.all([accounts.ensureAdmin(), assembling]);
    return { ...(await serve(config, base, accounts, logic)), firstAdmin, accounts };
  } catch (error) {
    const [logic] = await Promise.allSettled([assembling]);
    if (logic.status === "fulfilled") logic.value.stop();
    throw error;
  }
}

/** Opens the doors to what was assembled. Rejects if it cannot listen. */
async function serve(
  config: Config,
  { clock, random, log, store }: Base,
  accounts: Accounts,
  logic: Awaited<ReturnType<typeof assembleLogic>>,
): Promise<Omit<RunningServer, "firstAdmin" | "accounts">> {
  const { sessions, committer, receipts, offline } = logic;

  let draining = false;
  const readiness = () => {
    const health = store.health();
    const reasons = [
      ...(draining ? ["draining"] : []),
      // Only the reason: anybody may ask, and the detail may name paths. It is in the log.
      ...(health.writable ? [] : [`store: ${health.reason ?? "not writable"}`]),
    ];
    return { ready: reasons.length === 0, reasons };
  };
  const backend = new Backend({ dispatcher: logic.dispatcher, sessions });
  const gateway = await openGateway({
    config,
    version,
    accounts,
    backend: {
      execute: (principal, command, params) => backend.execute(principal, command, params),
      visit: (command, params) => backend.visit(command, params),
      endSessions: (user, end) => backend.endSessions(user, end),
      renamed: (user, name) => logic.presence.renamed(user, name),
      readiness,
      metrics: () => metrics(),
    },
    logic,
    records: store.accounts,
    clock,
    random,
    log,
  });
  const unhandled = new Unhandled(log, clock);
  const metrics = metricsText(
    serverMetrics({ ...logic, listeners: gateway.listeners, store, unhandled }),
  );

  const scheme = config.listen.tls === undefined ? "http" : "https";
  const host =
    config.listen.host === "0.0.0.0" || config.listen.host === "::"
      ? "localhost"
      : config.listen.host;
  const settled = () => committer.settled();
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    draining = true;
    for (const listener of gateway.listeners) listener.drain();
    for (const session of sessions.all()) session.reply({ type: "draining", reconnectAfterMs });
    // Clients leave by themselves once their commands in flight are answered; the rest are sent away at the deadline.
    await until(() => gateway.connections === 0, config.listen.drainMs, clock);
    await within(settleMs, clock, receipts.flush().then(settled));
    for (const listener of gateway.listeners) listener.closeAll("draining");
    sessions.parkAll();
    logic.stop();
    // One turn for the last frames and the close frames to leave.
    await new Promise<void>((resolve) => clock.after(20, resolve));
    await Promise.all(gateway.listeners.map((listener) => listener.stop()));
    // What came in over HTTP meanwhile also goes to the offline queue, before that is kept: a device must not take it for complete without.
    await within(settleMs, clock, settled());
    if (config.store.engine !== "memory" && committer.idle)
      await saveOffline(offline, offlineFile(config)).catch((error: unknown) =>
        log.warn({ error }, "offline queue not kept; clients will synchronise"),
      );
    await store.close();
  };
  return {
    port: gateway.web.port,
    ports: Object.fromEntries(gateway.listeners.map(({ name, port }) => [name, port])),
    url: `${scheme}://${host}:${gateway.web.port}`,
    unhandled: unhandled.tell,
    stop: () => (stopping ??= stop()),
  };
}

/** Everything between gateway and store. */
async function assembleLogic(config: Config, base: Base, accounts: Accounts) {
  const { clock, random, log, store } = base;
  const hub = new Hub((error, { user, device }) =>
    log.error({ error, user, device }, "a connection could not be written to, and is closed"),
  );
  const offline = new MemoryOffline({ clock, config: config.offline });
  if (config.store.engine !== "memory") {
    const restored = await restoreOffline(offline, offlineFile(config));
    if (restored?.ok === false)
      log.warn({ reason: restored.reason }, "offline queue not restored; clients will synchronise");
  }
  const usersExist = async (users: readonly string[]) =>
    (await store.accounts.get(users)).length === new Set(users).size;
  const conversations = new Conversations({ store, clock, usersExist, config: config.groups });
  const changes = new Changes({ conversations, store, clock, random, usersExist });
  const views = new Views({ conversations, store, clock });
  const presence = new Presence({
    hub,
    clock,
    lingerMs: config.presence.lingerMs,
    lastSeen: async (user) => {
      const devices = await accounts.devices.list(user);
      return devices.length === 0
        ? undefined
        : Math.max(...devices.map((device) => device.lastSeen));
    },
  });
  const fanout = new Fanout({ hub, offline });
  const committer = new Committer({
    config: { ...config.pipeline, commitWindowMs: config.store.commitWindowMs },
    store: store.messages,
    clock,
    log,
    announce: announcer({ conversations, fanout, hub, log }),
  });
  const receipts = new Receipts({
    store: store.messages,
    fanout,
    clock,
    log,
    announceMs: config.receipts.announceMs,
  });
  const moderator = await openModerator(config, base);
  const messaging = new Messaging({
    conversations,
    committer,
    moderator,
    limits: config.limits,
    clock,
  });
  const sessions = new Sessions({ hub, offline, presence, clock, random, config: config.sessions });
  const greeter = new Greeter({
    accounts,
    sessions,
    store,
    hub,
    clock,
    log,
    config: {
      ...config.sessions,
      ...config.limits,
      largeGroupMembers: config.groups.largeGroupMembers,
    },
  });
  const checks = compileCommands();
  const table = commandTable({
    accounts,
    store: store.accounts,
    sessions,
    conversations,
    changes,
    views,
    messaging,
    receipts,
    fanout,
    presence,
    clock,
    log,
  });
  const dispatcher = new Dispatcher({ table, checks, limits: config.limits, clock, log });
  const protocol = new NativeProtocol({ greeter, sessions, dispatcher, checks, log });
  let cancelSweep: () => void;
  const sweep = () => {
    offline.expire();
    cancelSweep = clock.after(offlineSweepMs, sweep);
  };
  cancelSweep = clock.after(offlineSweepMs, sweep);
  const stop = () => {
    cancelSweep();
    presence.stop();
    moderator?.close();
  };
  return {
    hub,
    offline,
    conversations,
    fanout,
    committer,
    receipts,
    presence,
    sessions,
    greeter,
    dispatcher,
    checks,
    protocol,
    stop,
  };
}

/** The word filter, if there is a list of words. */
async function openModerator(config: Config, { clock, log }: Base): Promise<Moderator | undefined> {
  const { wordFile, action } = config.moderation;
  if (wordFile === undefined) return undefined;
  const told = (reloaded: Reloaded) => {
    if ("error" in reloaded)
      log.error(
        { error: reloaded.error },
        "word file not reloaded; the words from before stay in force",
      );
    else log.info(reloaded, "word file reloaded");
  };
  try {
    return await openWordModerator({ wordFile, action, reloadMs: wordFileCheckMs }, clock, told);
  } catch (error) {
    throw error instanceof WordFileError ? unusable("moderation.wordFile", error) : error;
  }
}

function offlineFile(config: Config): string {
  return join(config.dataDir, "offline.bin");
}

/** Waits until the condition holds, but not longer than `ms`. */
async function until(holds: () => boolean, ms: number, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonic() + ms;
  while (!holds() && clock.monotonic() < deadlineMs) {
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
}

/** Waits for `work`, but not longer than `ms`. */
function within(ms: number, clock: Clock, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    work.then(() => {
      cancel();
      resolve();
    }, reject);
  });
}
