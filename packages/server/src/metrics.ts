import type { Listener } from "./gateway/listeners/listener.ts";
import type { Fanout } from "./fanout/fanout.ts";
import type { Conversations } from "./conversations/conversations.ts";
import type { Hub } from "./hub/hub.ts";
import type { Metric } from "./lib/metrics.ts";
import type { Unhandled } from "./lib/unhandled.ts";
import type { Committer } from "./messaging/committer.ts";
import type { Receipts } from "./messaging/receipts.ts";
import type { OfflineQueue } from "./offline/port.ts";
import type { Sessions } from "./session/sessions.ts";
import type { Store } from "./store/port.ts";

/** Whose numbers are shown at `/metrics`. */
export interface Measured {
  readonly listeners: readonly Listener[];
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly committer: Committer;
  readonly receipts: Receipts;
  readonly fanout: Fanout;
  readonly conversations: Conversations;
  readonly offline: OfflineQueue;
  readonly store: Store;
  readonly unhandled: Unhandled;
}

const gauge = (name: string, help: string, read: () => number): Metric => ({
  name,
  help,
  type: "gauge",
  read,
});
const counter = (name: string, help: string, read: () => number): Metric => ({
  name,
  help,
  type: "counter",
  read,
});

/** The metrics of one server, by name, with their meaning. */
export function serverMetrics(on: Measured): Metric[] {
  const { stats } = on.committer;
  const { lanes } = on.committer;
  return [
    gauge("godwit_connections", "Open connections of every listener.", () =>
      on.listeners.reduce((sum, { connections }) => sum + connections, 0),
    ),
    gauge("godwit_sessions", "Sessions, with and without a connection.", () => on.sessions.count),
    gauge(
      "godwit_sessions_detached",
      "Sessions that wait for their connection to come back.",
      () => on.sessions.detachedCount,
    ),
    gauge("godwit_users_online", "Users with a session.", () => on.hub.users),
    gauge(
      "godwit_ring_normal_entries",
      "Normal messages between sessions and the store.",
      () => lanes.normal.length,
    ),
    gauge("godwit_ring_normal_bytes", "Their bytes.", () => lanes.normal.bytes),
    gauge(
      "godwit_ring_important_entries",
      "Important messages between sessions and the store.",
      () => lanes.important.length,
    ),
    counter("godwit_messages_stored_total", "Messages committed.", () => stats.messages),
    counter(
      "godwit_messages_duplicate_total",
      "Retries answered with the first outcome.",
      () => stats.duplicates,
    ),
    counter(
      "godwit_messages_busy_total",
      "Sends refused because the ring was full.",
      () => stats.refusedBusy,
    ),
    counter(
      "godwit_messages_failed_total",
      "Messages that the store could not take.",
      () => stats.failed,
    ),
    counter(
      "godwit_faults_total",
      "Failures of the program while outcomes and events were handed out, or that nothing waited for; the log says more.",
      () => stats.faults + on.hub.faults + on.unhandled.count,
    ),
    counter("godwit_commits_total", "Batches committed.", () => stats.batches),
    counter(
      "godwit_deliveries_total",
      "Message events handed to sessions.",
      () => on.fanout.stats.deliveries,
    ),
    counter(
      "godwit_offline_references_total",
      "Messages for users without a session.",
      () => on.fanout.stats.queued,
    ),
    gauge(
      "godwit_offline_entries",
      "References that wait for absent devices.",
      () => on.offline.stats().entries,
    ),
    gauge(
      "godwit_receipts_waiting",
      "Cursor moves that are not stored yet.",
      () => on.receipts.waiting,
    ),
    gauge(
      "godwit_conversations_cached",
      "Conversations held in memory.",
      () => on.conversations.cached.conversations,
    ),
    gauge("godwit_store_writable", "1 while the store takes writes.", () =>
      on.store.health().writable ? 1 : 0,
    ),
    gauge("godwit_process_resident_memory_bytes", "Resident memory of the process.", () =>
      process.memoryUsage.rss(),
    ),
    counter(
      "godwit_process_cpu_microseconds_total",
      "CPU time of the process, user and system.",
      () => {
        const { user, system } = process.cpuUsage();
        return user + system;
      },
    ),
  ];
}
