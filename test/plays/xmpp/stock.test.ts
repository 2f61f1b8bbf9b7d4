/** Stock clients as they come: @xmpp/client over TCP, TLS and WebSocket, and Python's slixmpp; in conversation with native clients. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { client, xml, type XmlElement, type XmppClient } from "@xmpp/client";
import { patiently, type Actor } from "../actor.ts";
import { isMissing, run } from "../mqtt/kit.ts";
import type { Stage } from "../stage.ts";
import { domain, portOf, setXmppStage } from "./kit.ts";

const dir = mkdtempSync(join(tmpdir(), "godwit-xmpp-"));
const files = { certFile: join(dir, "cert.pem"), keyFile: join(dir, "key.pem") };
const noOpenssl = isMissing("openssl", "version") && "apt-get install openssl";
const noSlixmpp = isMissing("python3", "-c", "import slixmpp") && "pip install slixmpp";
const password = "a long password";

let open: Stage;
let secure: Stage | undefined;
beforeAll(async () => {
  open = await setXmppStage({ settings: { "xmpp.plainWithoutTls": false } });
  if (noOpenssl !== false) return;
  makeCertificate();
  secure = await setXmppStage({
    settings: {
      "xmpp.plainWithoutTls": false,
      "xmpp.tlsPort": 0,
      "listen.tls.certFile": files.certFile,
      "listen.tls.keyFile": files.keyFile,
    },
  });
});
afterAll(async () => {
  await open.close();
  await secure?.close();
  rmSync(dir, { recursive: true, force: true });
});

function makeCertificate(): void {
  const request = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
  ];
  const names = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const out = ["-keyout", files.keyFile, "-out", files.certFile];
  const { status, stderr } = spawnSync("openssl", [...request, ...names, ...out]);
  if (status !== 0) throw new Error(String(stderr));
}

/** Registers a user with a password, as people do. */
async function register(stage: Stage, user: string): Promise<void> {
  // The store's own way: a stage under TLS has a certificate that nobody knows.
  await stage.server.accounts.users.create({ user, password });
}

/** A stock client that is there, and what it hears. */
class Stock {
  readonly xmpp: XmppClient;
  readonly heard: XmlElement[] = [];
  #woken: (() => void)[] = [];

  constructor(service: string, user: string, resource = "stock") {
    this.xmpp = client({ service, domain, resource, username: user, password });
    this.xmpp.reconnect.delay = 20;
    this.xmpp.on("error", () => undefined);
    this.xmpp.on("stanza", (stanza: XmlElement) => {
      this.heard.push(stanza);
      for (const wake of this.#woken.splice(0)) wake();
    });
  }

  async start(): Promise<this> {
    this.xmpp.once("online", () => void this.xmpp.send(xml("presence")));
    await patiently(this.xmpp.start(), "the stock client to be online", 8_000);
    await patiently(this.#managed(), "stream management");
    return this;
  }

  /** The library is online before it has enabled stream management, and does not tell when it has. */
  async #managed(): Promise<void> {
    while (!this.xmpp.streamManagement.enabled) await Bun.sleep(1);
  }

  async hears(fits: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    const wait = async () => {
      for (;;) {
        const at = this.heard.findIndex(fits);
        if (at >= 0) return this.heard.splice(at, 1)[0] as XmlElement;
        await new Promise<void>((resolve) => this.#woken.push(resolve));
      }
    };
    return patiently(wait(), `a stanza that fits ${String(fits)}`);
  }

  async reads(text: string): Promise<XmlElement> {
    const message = await this.hears((each) => each.getChildText("body") !== null);
    expect(message.getChildText("body")).toBe(text);
    return message;
  }

  says(to: string, text: string, id: string = crypto.randomUUID(), type = "chat"): Promise<void> {
    return this.xmpp.send(xml("message", { to, type, id }, xml("body", {}, text)));
  }
}

describe("@xmpp/client", () => {
  test("signs in by SCRAM without TLS, and talks with a native client, directly and in a group", async () => {
    await register(open, "tcp-user");
    const native = await open.actor("tcp-native");
    const stock = await new Stock(`xmpp://127.0.0.1:${portOf(open)}`, "tcp-user").start();
    await talk(stock, native, "tcp-user");
    expect(stock.xmpp.streamManagement.enabled).toBe(true);
    await stock.xmpp.stop();
  });

  test("does the same over WebSocket", async () => {
    await register(open, "ws-user");
    const native = await open.actor("ws-native");
    const service = `${open.url.replace("http", "ws").replace("localhost", "127.0.0.1")}/xmpp`;
    const stock = await new Stock(service, "ws-user").start();
    await talk(stock, native, "ws-user");
    await stock.xmpp.stop();
  });

  test("comes back by itself after a cut and resumes: nothing lost, nothing twice", async () => {
    await register(open, "cut-user");
    const native = await open.actor("cut-native");
    const stock = await new Stock(`xmpp://127.0.0.1:${portOf(open)}`, "cut-user").start();
    const conversation = native.with("cut-user");
    await native.says(conversation, "1");
    await stock.reads("1");
    const resumed = new Promise((resolve) => stock.xmpp.streamManagement.once("resumed", resolve));
    stock.xmpp.socket?.destroy?.();
    const missed = native.says(conversation, "2");
    await patiently(resumed, "the stream to be resumed", 8_000);
    await missed;
    await native.says(conversation, "3");
    await stock.reads("2");
    await stock.reads("3");
    await stock.says("cut-native@localhost", "4");
    await native.reads("4");
    expect((await native.sees(conversation)).lastSeq).toBe(4);
    await stock.xmpp.stop();
  });

  test("gets what was said while it was away", async () => {
    await register(open, "away-user");
    const native = await open.actor("away-native");
    await native.says(native.with("away-user"), "while you were away");
    const stock = await new Stock(`xmpp://127.0.0.1:${portOf(open)}`, "away-user").start();
    const message = await stock.reads("while you were away");
    expect(message.getChild("delay", "urn:xmpp:delay")).toBeDefined();
    await stock.xmpp.stop();
  });

  test("is refused with a wrong password, by name", async () => {
    await register(open, "sure-user");
    const stock = client({
      service: `xmpp://127.0.0.1:${portOf(open)}`,
      domain,
      username: "sure-user",
      password: "a wrong password",
    });
    stock.reconnect.stop();
    stock.on("error", () => undefined);
    let refusal: unknown;
    await stock.start().catch((error: unknown) => {
      refusal = error;
    });
    expect(String(refusal)).toContain("not-authorized");
    await stock.stop();
  });
});

/** One direct conversation and one group, in both directions. */
async function talk(stock: Stock, native: Actor, user: string): Promise<void> {
  await stock.says(`${native.user}@localhost`, "hello native");
  const { conversation } = await native.reads("hello native");
  await native.says(conversation, "hello stock");
  await stock.reads("hello stock");
  await native.hears("receipt", (event) => event.user === user && event.delivered === 2);
  const { conversation: group } = await native.call("create", {
    clientId: crypto.randomUUID(),
    kind: "group",
    title: "Both",
    members: [user],
  });
  const room = `${group.id.replaceAll(":", "\\3a")}@conference.localhost`;
  const join = xml(
    "presence",
    { to: `${room}/${user}` },
    xml("x", { xmlns: "http://jabber.org/protocol/muc" }),
  );
  await stock.xmpp.send(join);
  await stock.hears((each) => each.getChildText("subject") === "Both");
  await stock.says(room, "hello group", crypto.randomUUID(), "groupchat");
  await stock.reads("hello group");
  await native.hears("message", ({ message }) => message.content["text"] === "hello group");
  await native.says(group.id, "hello room");
  await stock.reads("hello room");
}

describe.skipIf(noOpenssl !== false)(`under TLS (${noOpenssl || "openssl is there"})`, () => {
  test("@xmpp/client takes STARTTLS by itself", async () => {
    const stage = secure as Stage;
    await register(stage, "starttls");
    await register(stage, "friend");
    // The certificate is nobody's: node's way to take it all the same, for this play.
    await withoutVerification(async () => {
      const service = `xmpp://127.0.0.1:${portOf(stage)}`;
      const [one, two] = [new Stock(service, "starttls"), new Stock(service, "friend")];
      await Promise.all([one.start(), two.start()]);
      await one.says("friend@localhost", "under TLS");
      await two.reads("under TLS");
      await Promise.all([one.xmpp.stop(), two.xmpp.stop()]);
    });
  });

  test("@xmpp/client connects to the port of direct TLS", async () => {
    const stage = secure as Stage;
    await register(stage, "direct-tls");
    await withoutVerification(async () => {
      const service = `xmpps://127.0.0.1:${stage.server.ports["xmpps"]}`;
      const stock = await new Stock(service, "direct-tls").start();
      await stock.says("direct-tls@localhost", "to myself");
      await stock.reads("to myself");
      await stock.xmpp.stop();
    });
  });
});

async function withoutVerification<T>(play: () => Promise<T>): Promise<T> {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    return await play();
  } finally {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  }
}

const script = fileURLToPath(new URL("stock_client.py", import.meta.url));

const noWay = noSlixmpp || noOpenssl;
describe.skipIf(noWay !== false)(`slixmpp (${noWay || "there"})`, () => {
  test("talks with a native client: direct, receipts, a room, the archive", async () => {
    // Under STARTTLS: without TLS it does not sign in.
    const stage = secure as Stage;
    await register(stage, "slix");
    const native = await withoutVerification(() => stage.actor("slix-native"));
    const { conversation: group } = await native.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "Snakes",
      members: ["slix"],
    });
    const room = `${group.id.replaceAll(":", "\\3a")}@conference.localhost`;
    const running = run("python3", [
      script,
      String(portOf(stage)),
      "slix",
      password,
      native.user,
      room,
    ]);
    const { message } = await native.hears(
      "message",
      (event) => event.message.content["text"] === "from slixmpp",
    );
    await native.call("delivered", { conversation: message.conversation, seq: message.seq });
    await native.says(message.conversation, "to slixmpp");
    await native.hears(
      "message",
      (event) => event.message.content["text"] === "slixmpp in the room",
    );
    await native.says(group.id, "to the room");
    const told = (await running)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (what: string) => told.filter((each) => each["what"] === what);
    expect(of("started")).toEqual([
      { what: "started", jid: "slix@localhost/slixmpp", mechanism: "SCRAM-SHA-256" },
    ]);
    expect(of("receipt").map(({ id }) => id)).toEqual(of("sent").map(({ id }) => id));
    expect(of("archived").map(({ body }) => body)).toEqual(["from slixmpp", "to slixmpp"]);
    expect(of("message").map(({ body }) => body)).toEqual([
      "to slixmpp",
      "slixmpp in the room",
      "to the room",
    ]);
    expect(of("pinged")).toHaveLength(1);
  }, 20_000);
});
