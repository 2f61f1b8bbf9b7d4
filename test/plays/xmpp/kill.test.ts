/** A server that is killed between a client's messages and their acknowledgement. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { patiently } from "../actor.ts";
import { hostSecret, token } from "../tokens.ts";
import { named, Player, space } from "./kit.ts";

const cli = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));
/** Fewer than may wait for their acknowledgement at a time: what is refused for that is said to be, and counts as handled. */
const count = 1_000;
let dir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "godwit-xmpp-kill-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function serve(port: number, xmppPort: number): Promise<ChildProcess> {
  const settings = {
    "accounts.hostTokens.secret": hostSecret,
    "xmpp.enabled": "true",
    "xmpp.port": String(xmppPort),
    "xmpp.plainWithoutTls": "true",
    "mqtt.enabled": "false",
    "tcp.enabled": "false",
    "limits.sendsBurst": "100000",
    "limits.commandsBurst": "100000",
    "log.level": "warn",
  };
  const sets = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const args = ["serve", "--host", "127.0.0.1", "--port", String(port), "--data", dir, ...sets];
  child = spawn(process.execPath, [cli, ...args], { stdio: "ignore" });
  const ready = async () => {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      if (answer?.ok === true) return;
      await Bun.sleep(20);
    }
  };
  await patiently(ready(), "the server to be ready", 15_000);
  return child;
}

/** Says what is not acknowledged, each with its origin-id, and resolves when the connection ends or all are acknowledged; with how many are. */
async function sayAll(bob: Player, from: number, whenAcknowledged: () => void): Promise<number> {
  await bob.enter();
  const said = count - from;
  let acknowledged = 0;
  for (let at = from; at < count; at++) {
    const inside = `<origin-id xmlns="${space.sid}" id="a message of bob, number ${at}"/>`;
    bob.says("bob@localhost", String(at), { id: `m${at}`, inside });
    bob.write(`<r xmlns="${space.sm}"/>`);
  }
  const follow = async () => {
    // The first stanza was the presence.
    while (acknowledged < said) {
      const heard = await Promise.race([bob.hears(named("a")), bob.ended]);
      if (heard === undefined) return;
      acknowledged = Number(heard.attrs["h"]) - 1;
      whenAcknowledged();
    }
  };
  await patiently(follow(), "the acknowledgements", 15_000);
  return from + acknowledged;
}

test("has each message once, in order, when it is back, and none that was acknowledged is missing", async () => {
  const [port, xmppPort] = [await freePort(), await freePort()];
  let server = await serve(port, xmppPort);
  const bob = new Player(() => xmppPort, "bob", { device: "killer" });
  const before = await sayAll(bob, 0, () => server.kill("SIGKILL"));
  expect(before).toBeLessThan(count);
  server = await serve(port, xmppPort);
  const again = new Player(() => xmppPort, "bob", { device: "killer" });
  // The acknowledged ones are not said again: they must be there.
  expect(await sayAll(again, before, () => undefined)).toBe(count);
  const texts: string[] = [];
  for (let from = 1; from <= count; from += 200) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/commands/history`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await token("bob")}`,
      },
      body: JSON.stringify({ conversation: "d:bob:bob", from, to: from + 199, limit: 200 }),
    });
    const { messages } = (await answer.json()) as { messages: { content: { text: string } }[] };
    texts.push(...messages.map(({ content }) => content.text));
  }
  expect(texts).toEqual(Array.from({ length: count }, (_, at) => String(at)));
}, 40_000);
