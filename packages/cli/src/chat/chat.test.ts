/** Two people talk through real processes: a server, and two chats with pipes for terminals. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, login } from "@godwit/client";
import { Godwit, serveGodwit } from "../testing.ts";

let server: Awaited<ReturnType<typeof serveGodwit>>;
beforeAll(async () => {
  server = await serveGodwit();
}, 20_000);
afterAll(() => server.stop());

const chat = (user: string, ...args: string[]) =>
  new Godwit(["chat", "--url", server.url, "--user", user, ...args], {
    env: { GODWIT_PASSWORD: `password of ${user}` },
  });

test("two people talk, alone and in a group, and see what was read", async () => {
  const alice = chat("alice");
  await alice.saw(/Signed in as alice/);
  const bob = chat("bob", "--with", "alice");
  await bob.saw(/\* alice:/);

  bob.type("hello alice 你好");
  await alice.saw(/\[bob\] bob: hello alice 你好/);
  await bob.saw(/\[alice\] you: hello alice 你好 ✓/);
  await bob.saw(/\[alice\] ✓✓ delivered up to 1/);
  alice.type("/to bob");
  await bob.saw(/\[alice\] ✓✓ read up to 1/);
  alice.type("//not a command");
  await bob.saw(/\[alice\] alice: \/not a command/);

  alice.type('/group "Lunch team" bob');
  await bob.saw(/You are in Lunch team now/);
  alice.type("who is in? @bob");
  await bob.saw(/\[Lunch team\] alice: who is in\? @bob/);
  bob.type('/to "lunch team" me');
  await alice.saw(/\[Lunch team\] bob: me/);
  bob.type("/who");
  await bob.saw(/● alice +owner/);
  bob.type("/leave");
  await alice.saw(/bob left/);

  alice.type("/list");
  await alice.saw(/1 {2}Lunch team +members: 1 {2}←/);
  alice.type("/to nobody-of-that-name");
  await alice.saw(/no user or conversation nobody-of-that-name: \/list/);
  alice.type("/quti");
  await alice.saw(/no command \/quti: \/help/);
  alice.type("/quit");
  bob.child.stdin.end();
  expect(await Promise.all([alice.exit, bob.exit])).toEqual([0, 0]);
}, 30_000);

test("a pipe is sent whole before the chat ends, and whoever comes later reads it in order", async () => {
  const carol = chat("carol", "--with", "alice");
  const texts = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  carol.child.stdin.end(texts.join("\n"));
  expect(await carol.exit).toBe(0);

  const alice = chat("alice", "--lang", "zh");
  await alice.saw(/已以 alice 登录/);
  alice.type("/to carol");
  alice.type("/history 100");
  await alice.saw(/carol: line 39/);
  alice.child.stdin.end();
  expect(await alice.exit).toBe(0);
  const shown = [...alice.stdout.matchAll(/carol: (line \d+)/g)].map(([, text]) => text).slice(-20);
  expect(shown).toEqual(texts.slice(-20));
}, 30_000);

test("what others write cannot command the terminal", async () => {
  const alice = chat("alice");
  await alice.saw(/Signed in/);
  const { token } = await login({ url: server.url, user: "bob", password: "password of bob" });
  const mallory = connect({ url: server.url, token });
  await mallory.ready();
  await mallory
    .direct("alice")
    .send("\x1b]0;owned\x07\x1b[2Jpay\rme\u202e now\x9b31m\nsecond line");
  await alice.saw(/second line/);
  await mallory.close();
  alice.type("/quit");
  expect(await alice.exit).toBe(0);
  expect(alice.stdout).toContain("[bob] bob: pay");
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(alice.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
}, 30_000);

test("the chat outlives its server: what was written meanwhile is sent when it is back", async () => {
  const first = await serveGodwit("--set", "sessions.resumeMs=60000");
  const enter = (user: string, ...args: string[]) =>
    new Godwit(["chat", "--url", first.url, "--user", user, ...args], {
      env: { GODWIT_PASSWORD: "a password for all" },
    });
  const dave = enter("dave");
  await dave.saw(/Signed in/);
  const erin = enter("erin", "--with", "dave");
  await erin.saw(/\* dave:/);
  erin.type("before");
  await dave.saw(/erin: before/);

  first.process.child.kill("SIGKILL");
  await erin.saw(/Not connected; trying again/);
  erin.type("written without a server");
  await erin.saw(/Kept; it is sent when the connection is back/);
  const second = new Godwit([
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    String(first.port),
    "--data",
    first.dir,
  ]);
  await second.saw(/Ctrl-C/);
  await dave.saw(/erin: written without a server/);
  await erin.saw(/you: written without a server ✓/);
  expect(dave.stdout.match(/erin: before/g)?.length).toBe(1);
  for (const person of [dave, erin]) person.type("/quit");
  expect(await Promise.all([dave.exit, erin.exit])).toEqual([0, 0]);
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
}, 60_000);

test("what could not be sent before the chat was left is sent the next time", async () => {
  const server = await serveGodwit();
  const state = mkdtempSync(join(tmpdir(), "godwit-state-"));
  const enter = (user: string, ...args: string[]) =>
    new Godwit(["chat", "--url", server.url, "--user", user, ...args], {
      env: { GODWIT_PASSWORD: "a password for all", XDG_STATE_HOME: state },
    });
  const frank = enter("frank");
  await frank.saw(/Signed in/);
  const grace = enter("grace", "--with", "frank", "--device", "desk");
  await grace.saw(/\* frank:/);
  server.process.child.kill("SIGKILL");
  await grace.saw(/Not connected/);
  grace.type("written, then left");
  await grace.saw(/Kept/);
  grace.type("/quit");
  expect(await grace.exit).toBe(0);
  expect(grace.stderr).toContain("Kept until you chat from here again: 1");

  const second = new Godwit([
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    String(server.port),
    "--data",
    server.dir,
  ]);
  await second.saw(/Ctrl-C/);
  const again = enter("grace", "--device", "desk");
  await frank.saw(/grace: written, then left/);
  await again.saw(/Signed in/);
  again.type("/to frank");
  await again.saw(/you: written, then left ✓/);
  for (const person of [frank, again]) person.type("/quit");
  expect(await Promise.all([frank.exit, again.exit])).toEqual([0, 0]);
  second.child.kill("SIGTERM");
  await second.exit;
  rmSync(state, { recursive: true });
  rmSync(server.dir, { recursive: true });
}, 60_000);

test("an administrator's kick ends the chat and says why", async () => {
  const gina = chat("gina");
  await gina.saw(/Signed in/);
  const { token } = await login({ url: server.url, user: "admin", password: server.password });
  const admin = connect({ url: server.url, token });
  await admin.ready();
  await admin.kick("gina", { reason: "enough" });
  await admin.close();
  expect(await gina.exit).toBe(1);
  expect(gina.stderr).toMatch(/An administrator ended this session|enough/);
}, 30_000);

test("refusals say what to do", async () => {
  const wrong = new Godwit([
    "chat",
    "--url",
    server.url,
    "--user",
    "alice",
    "--password",
    "wrong password",
  ]);
  expect(await wrong.exit).toBe(1);
  expect(wrong.stderr).toContain("The password of alice is wrong");
  const nobody = new Godwit(["chat", "--url", server.url]);
  nobody.child.stdin.end();
  expect(await nobody.exit).toBe(2);
  expect(nobody.stderr).toContain("pass --user NAME");
  const nowhere = new Godwit([
    "chat",
    "--url",
    "http://127.0.0.1:1",
    "--user",
    "x",
    "--password",
    "y",
  ]);
  expect(await nowhere.exit).toBe(1);
  expect(nowhere.stderr).toContain("→ start one with `npm start`");
  const closed = new Godwit(["chat", "--url", server.url, "--user", "short", "--password", "x"]);
  expect(await closed.exit).toBe(1);
  expect(closed.stderr).toContain("→ ids have letters");
}, 30_000);
