/** The SDK on binary TCP, against a real server. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { login } from "./accounts.ts";
import { binaryCodec } from "./binary.ts";
import { type Client, connect } from "./client.ts";
import type { ReceivedMessage } from "./delivery.ts";
import { tcp } from "./tcp.ts";
import { failure } from "./testing/harness.ts";
import { RealServer, until } from "./testing/real-server.ts";

// Two cores may be busy with other tests, and passwords are hashed slowly on purpose.
setDefaultTimeout(20_000);

let server: RealServer;
let url: string;
beforeAll(async () => {
  server = await RealServer.start({ "tcp.enabled": true, "tcp.port": 0 });
  url = `tcp://127.0.0.1:${server.port("tcp")}`;
});
afterAll(() => server.stop());

const collect = (client: Client): ReceivedMessage[] => {
  const messages: ReceivedMessage[] = [];
  client.on("message", (message) => void messages.push(message));
  return messages;
};
const texts = (messages: readonly ReceivedMessage[]): unknown[] =>
  messages.map(({ content }) => content["text"]);
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** A way to the server that a test can cut and count. */
class Wire {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  accepted = 0;

  constructor() {
    this.#server = createServer((client) => {
      this.accepted++;
      const onward = dial(server.port("tcp"), "127.0.0.1");
      for (const [from, to] of [
        [client, onward],
        [onward, client],
      ] as const) {
        this.#open.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#open.delete(from);
          to.destroy();
        });
      }
    });
  }

  async url(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `tcp://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Clients that are connected now. */
  get open(): number {
    return this.#open.size / 2;
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

describe.each([
  ["json", {}],
  ["binary", { codec: binaryCodec }],
  ["json-compressed", { webSocket: tcp({ compression: true }) }],
  ["binary-compressed", { codec: binaryCodec, webSocket: tcp({ compression: true }) }],
] as const)("%s", (name, options) => {
  test("two users chat, with small and large messages", async () => {
    const alice = await server.client(`alice-${name}`, { url, ...options });
    const bob = await server.client(`bob-${name}`, { url, ...options });
    expect(alice.transport).toBe("tcp");
    const [atAlice, atBob] = [collect(alice), collect(bob)];
    const large = "much of the same and ".repeat(2_900);
    await alice.direct(bob.user).send("hi");
    await bob.direct(alice.user).send({ text: large, replyTo: 1 });
    await alice.direct(bob.user).send("谢谢 🐦");
    await until(() => atBob.length === 3 && atAlice.length === 3);
    expect(texts(atBob)).toEqual(["hi", large, "谢谢 🐦"]);
    expect(texts(atAlice)).toEqual(texts(atBob));
    await alice.close();
    await bob.close();
  });
});

test("cuts lose nothing, double nothing and keep the order", async () => {
  const wire = new Wire();
  const through = await wire.url();
  const erin = await server.client("tcp-erin", { url: through, sendsPerConversation: 8 });
  const frank = await server.client("tcp-frank", { url: through, codec: binaryCodec });
  const [atErin, atFrank] = [collect(erin), collect(frank)];
  const sends: Promise<{ seq: number }>[] = [];
  for (let at = 0; at < 200; at++) {
    sends.push(erin.direct("tcp-frank").send(`e${at}`), frank.direct("tcp-erin").send(`f${at}`));
    if (at % 40 !== 39) continue;
    await Promise.race(sends.slice(-4));
    wire.cut();
  }
  const seqs = (await Promise.all(sends)).map(({ seq }) => seq);
  await until(() => atErin.length >= 400 && atFrank.length >= 400);
  expect(seqs.toSorted((a, b) => a - b)).toEqual(numbers(1, 400));
  for (const received of [atErin, atFrank])
    expect(received.map(({ seq }) => seq)).toEqual(numbers(1, 400));
  await erin.close();
  await frank.close();
  wire.close();
});

test("clients share one connection if they are told to, each with a session of its own", async () => {
  const wire = new Wire();
  const options = { url: await wire.url(), webSocket: tcp({ shared: true }) };
  const users = numbers(1, 8).map((at) => `shared-${at}`);
  const clients = await Promise.all(users.map((user) => server.client(user, options)));
  expect(wire.accepted).toBe(1);
  const [first, second, ...others] = clients as [Client, Client, ...Client[]];
  const heard = collect(second);
  await first.direct(second.user).send("one");
  await until(() => heard.length === 1);
  // Who leaves takes nobody along.
  await first.close();
  const third = others[0] as Client;
  await third.direct(second.user).send("two");
  await until(() => heard.length === 2);
  // All come back on one connection again.
  wire.cut();
  await until(() => wire.accepted === 2 && third.state === "online" && second.state === "online");
  await third.direct(second.user).send("three");
  await until(() => heard.length === 3);
  expect(texts(heard)).toEqual(["one", "two", "three"]);
  expect(wire.accepted).toBe(2);
  for (const client of [second, ...others]) await client.close();
  await until(() => wire.open === 0);
  wire.close();
});

test("a token that is not good ends the client with the reason", async () => {
  const client = connect({ url, token: "nonsense" });
  client.on("error", () => undefined);
  expect((await failure(client.ready())).name).toBe("token_invalid");
  expect(client.state).toBe("closed");
});

test("something that is no Godwit is an interruption, and not the end", async () => {
  const stranger = createServer((socket) => {
    socket.write("220 mail.example ESMTP\r\n");
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as { port: number };
  const client = connect({ url: `tcp://127.0.0.1:${port}`, token: "t", backoffMinMs: 5 });
  client.on("error", () => undefined);
  await until(() => client.state === "offline");
  await client.close();
  stranger.close();
});

test("sign-in is a matter of HTTP, and says so", async () => {
  const error = await failure(login({ url, user: "alice", password: "x" }));
  expect(error.message).toContain("http");
});

test("runs under Node", async () => {
  const folder = mkdtempSync(join(tmpdir(), "godwit-tcp-"));
  try {
    const credentials = { url: server.url, user: "tcp-node", password: "correct horse battery" };
    await (await server.client("tcp-node")).close();
    const token = (await login(credentials)).token;
    const entry = join(folder, "entry.ts");
    writeFileSync(
      entry,
      `import { connect } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};
       import { tcp } from ${JSON.stringify(join(import.meta.dir, "tcp.ts"))};
       const client = connect({ url: process.argv[2], token: process.argv[3], webSocket: tcp({ compression: true }) });
       client.on("message", async (message) => {
         console.log(message.content.text, client.transport);
         await client.close();
       });
       await client.ready();
       await client.direct("tcp-node").send("from Node");`,
    );
    const built = await Bun.build({
      entrypoints: [entry],
      target: "node",
      external: ["#sockets"],
    });
    const bundle = join(folder, "bundle.mjs");
    writeFileSync(bundle, await (built.outputs[0] as Bun.BuildArtifact).text());
    const node = Bun.spawn(["node", bundle, url, token], { stdout: "pipe", stderr: "inherit" });
    expect(await new Response(node.stdout).text()).toBe("from Node tcp\n");
    expect(await node.exited).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
