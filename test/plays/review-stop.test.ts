/** A graceful stop takes everything along that was accepted, and a start that fails leaves nothing behind. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonCodec } from "@godwit/protocol";
import { startServer, type Overrides, type RunningServer } from "@godwit/server";
import { doorsClosed, loadConfig } from "@godwit/server/config";
import { FakeClock } from "../../packages/server/src/lib/testing/fake-clock.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/sqlite.ts";
import { Actor } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { webSocketWay } from "./ways.ts";
import { hostSecret, token } from "./tokens.ts";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "godwit-play-"));
  dirs.push(dir);
  return dir;
}

function start(dir: string, overrides: Overrides = {}, port = 0): Promise<RunningServer> {
  const flags = {
    ...doorsClosed,
    dataDir: dir,
    "listen.host": "127.0.0.1",
    "listen.port": port,
    "listen.drainMs": 200,
    "log.level": "silent",
    "accounts.hostTokens.secret": hostSecret,
  };
  return startServer(loadConfig({ env: {}, flags }), overrides);
}

const on = (server: RunningServer, user: string) =>
  new Actor({ url: server.url, ports: server.ports, way: webSocketWay(jsonCodec) }, user);

/** Calls back when the server waits for its last frames to leave: everything was answered by then, and HTTP is still open. */
class LastTurnClock extends PlayClock {
  onLastTurn: (() => Promise<void>) | undefined;

  override after(ms: number, callback: () => void): () => void {
    const last = this.onLastTurn;
    if (ms !== 20 || last === undefined) return super.after(ms, callback);
    this.onLastTurn = undefined;
    void last().then(callback);
    return () => undefined;
  }
}

describe("stopping", () => {
  test("what is accepted at the last moment and stored slowly is not missing for who was away", async () => {
    const dir = folder();
    const clock = new LastTurnClock();
    const sqlite = await openSqliteStore({ dir });
    const arrived = Promise.withResolvers<void>();
    let slow = false;
    const store = {
      ...sqlite,
      health: () => sqlite.health(),
      close: () => sqlite.close(),
      messages: {
        append: async (batch) => {
          if (slow) {
            arrived.resolve();
            await new Promise((resolve) => setTimeout(resolve, 150));
          }
          return sqlite.messages.append(batch);
        },
        find: (message) => sqlite.messages.find(message),
        range: (...args) => sqlite.messages.range(...args),
        pick: (refs) => sqlite.messages.pick(refs),
        advance: (moves) => sqlite.messages.advance(moves),
        receipts: (...args) => sqlite.messages.receipts(...args),
      },
    } satisfies Overrides["store"];
    const first = await start(dir, { clock, store });
    const alice = on(first, "alice");
    const bob = on(first, "bob");
    await alice.connect();
    await bob.connect();
    await alice.says(alice.with(bob), "early");
    await bob.reads("early");
    await bob.call("ping", { position: 1 });
    const bearer = await token("alice");
    clock.onLastTurn = async () => {
      slow = true;
      const body = JSON.stringify(alice.draft(alice.with(bob), "late"));
      const headers = { "content-type": "application/json", authorization: `Bearer ${bearer}` };
      void fetch(`${first.url}/api/commands/send`, { method: "POST", headers, body }).catch(
        () => undefined,
      );
      await arrived.promise;
    };
    await first.stop();
    const second = await start(dir);
    const back = on(second, "bob");
    expect(await back.connect()).toMatchObject({ syncRequired: false });
    await back.reads("late");
    await second.stop();
  });

  test("an offline queue that cannot be written costs devices a synchronisation, and no more", async () => {
    const dir = folder();
    mkdirSync(join(dir, "offline.bin.tmp"));
    const first = await start(dir);
    await first.stop();
    const second = await start(dir);
    await second.stop();
  });
});

describe("starting", () => {
  test("on a port that is taken fails, and leaves no timer", async () => {
    const first = await start(folder());
    const clock = new FakeClock();
    expect(start(folder(), { clock }, first.port)).rejects.toThrow();
    await start(folder(), { clock }, first.port).catch(() => undefined);
    expect(clock.pending).toBe(0);
    await first.stop();
  });
});
