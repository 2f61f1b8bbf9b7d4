import {
  type Client,
  type ClientStorage,
  connect,
  indexedDbStorage,
  memoryStorage,
  type Presence,
  type Typing,
} from "@godwit/client";
import { plainError } from "../errors.ts";
import { type OwnStatus, storageName } from "./account.ts";
import { callTable, giveCall } from "./calls.ts";
import type { LinkEvent } from "./events.ts";
import type { Server } from "./tab-link.ts";
import { Watches } from "./watches.ts";

export interface ServerOptions {
  readonly url: string;
  readonly user: string;
  readonly device: string;
  readonly status: OwnStatus;
  readonly version: string;
  token(): Promise<string>;
  emit(event: LinkEvent): void;
}

const watchedMax = 1_000;

/** The connection of this browser: the SDK's client, its events as plain data, and the calls of all tabs. */
export function serve(options: ServerOptions): Server {
  const { url, user, device, status, emit } = options;
  const typing = new Map<string, Typing>();
  const presences = new Map<string, Presence>();
  const watches = new Watches(watchedMax);
  let closed = false;
  let client = open(storageOf(user, device));

  function open(storage: ClientStorage): Client {
    const { token, version } = options;
    const opened = connect({
      url,
      token,
      device,
      status,
      storage,
      platform: "web",
      client: version,
      // What was sent in the meantime is not shown twice: the timeline knows the ids.
      sendsPerConversation: 1,
    });
    forward(opened, emit, { typing, presences });
    opened.on("state", (state, error) => {
      // A browser that keeps nothing (private windows of some) still chats.
      if (state === "closed" && error?.name === "storage_failed" && !closed) {
        client = open(memoryStorage());
        return;
      }
      emit({ type: "state", state, ...(error && { error: plainError(error) }) });
    });
    // Told of by their own events and rejections; here only what is left is kept off the console.
    opened.on("error", () => {});
    return opened;
  }

  function watch(tab: string, users: readonly string[]): void {
    const { added, removed } = watches.set(tab, users);
    for (const gone of removed) presences.delete(gone);
    if (removed.length > 0) client.unwatch(removed).catch(() => {});
    if (added.length === 0) return;
    client.watch(added).then(
      (states) => {
        for (const presence of states) {
          presences.set(presence.user, presence);
          emit({ type: "presence", presence });
        }
      },
      () => {
        // Without a connection: the next session watches them, and their states come as events.
      },
    );
    // Whom another tab watched already is known at once.
  }

  return {
    async call(name, param, tab) {
      switch (name) {
        case "probe":
          // Somebody looks at another tab while this one may sleep: a good time to see that the connection lives.
          if (document.visibilityState === "hidden") client.wake();
          return undefined;
        case "snapshot":
          return this.snapshot();
        case "watch":
          watch(tab, param as string[]);
          return (param as string[]).flatMap((id) => presences.get(id) ?? []);
        case "read":
          return readAndTell(param as { conversation: string; seq: number });
        default:
          if (name === "wake" && client.state === "closed" && !closed)
            client = open(storageOf(user, device));
          return giveCall(callTable(client), name, param);
      }
    },
    snapshot: () => ({
      state: client.state,
      outbox: client.outbox,
      typing: [...typing.values()],
      presences: [...presences.values()],
    }),
    forget: (tab) => watch(tab, []),
    close() {
      closed = true;
      // It reports its own failures; nobody waits for it, since the page may be about to go.
      client.close().catch(() => {});
    },
  };

  async function readAndTell(cursor: { conversation: string; seq: number }) {
    const { seq, unread } = await callTable(client).read(cursor);
    emit({ type: "read", conversation: cursor.conversation, seq, unread });
    return { seq, unread };
  }
}

/** Passes the SDK's events on, and remembers what a tab that comes later must know. */
function forward(
  client: Client,
  emit: (event: LinkEvent) => void,
  known: { typing: Map<string, Typing>; presences: Map<string, Presence> },
): void {
  client.on("message", (message) => emit({ type: "message", message }));
  client.on("outbox", (update) =>
    emit({
      type: "outbox",
      update: update.state === "failed" ? { ...update, error: plainError(update.error) } : update,
    }),
  );
  client.on("receipt", (receipt) => emit({ type: "receipt", receipt }));
  client.on("conversation", ({ change, conversation }) =>
    emit({ type: "conversation", change, conversation }),
  );
  client.on("gone", (conversation) => emit({ type: "gone", conversation }));
  client.on("presence", (presence) => {
    known.presences.set(presence.user, presence);
    emit({ type: "presence", presence });
  });
  client.on("typing", (typing) => {
    const key = `${typing.conversation} ${typing.user}`;
    if (typing.on) known.typing.set(key, typing);
    else known.typing.delete(key);
    emit({ type: "typing", typing });
  });
}

function storageOf(user: string, device: string): ClientStorage {
  return typeof indexedDB === "undefined"
    ? memoryStorage()
    : indexedDbStorage(storageName(user, device));
}
