/** Clients that mean ill, or have never read an RFC: each is told so by name, and nobody else notices. */
import { spawnSync } from "node:child_process";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  streamHead,
  xmlCases,
} from "../../../packages/server/src/gateway/protocols/xmpp/xml/cases.ts";
import { patiently } from "../actor.ts";
import { isMissing } from "../mqtt/kit.ts";
import type { Stage } from "../stage.ts";
import { token } from "../tokens.ts";
import { conditionOf, named, Player, portOf, setXmppStage, space } from "./kit.ts";

const head = streamHead.replace("example.org", "localhost");
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

/** A socket that says what it is told to, and keeps what it hears as text. */
class Raw {
  readonly #socket: Socket;
  heard = "";
  ended = false;
  #woken: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const wake = () => {
      for (const each of this.#woken.splice(0)) each();
    };
    const end = () => {
      this.ended = true;
      wake();
    };
    socket.on("data", (data: Buffer) => {
      this.heard += data.toString();
      wake();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.on("end", () => socket.end());
  }

  static async open(stage: Stage): Promise<Raw> {
    const socket = connectTcp({ host: "127.0.0.1", port: portOf(stage), noDelay: true });
    await new Promise((resolve) => socket.once("connect", resolve));
    return new Raw(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  say(data: string | Uint8Array): void {
    if (!this.ended) this.#socket.write(data);
  }

  /** Resolves when something like this was heard. */
  async hears(pattern: RegExp): Promise<RegExpExecArray> {
    await this.#until(() => pattern.test(this.heard) || this.ended, `to hear ${pattern}`);
    const found = pattern.exec(this.heard);
    if (found === null) throw new Error(`Heard ${JSON.stringify(this.heard)} and not ${pattern}.`);
    return found;
  }

  /** The condition of the stream error with which the server ends it. */
  async fault(): Promise<string | undefined> {
    await this.#until(() => this.ended, "the stream to end");
    return /<stream:error[^>]*><([a-z-]+) /.exec(this.heard)?.[1];
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    const wait = async () => {
      while (!holds()) await new Promise<void>((resolve) => this.#woken.push(resolve));
    };
    return patiently(wait(), what);
  }
}

let stage: Stage;
beforeAll(async () => {
  stage = await setXmppStage({
    settings: { "limits.writeBufferBytesMax": 65_536, "limits.commandsBurst": 200 },
  });
});
afterAll(() => stage.close());

describe("a stream", () => {
  // Behind the end of a stream nothing is heard any more.
  const ended = "a second root";
  const broken = xmlCases.filter(({ fault, name }) => fault !== undefined && name !== ended);
  test.each(broken.map((each) => [each.name, each] as const))(
    "with %s ends by name",
    async (_, each) => {
      const raw = await Raw.open(stage);
      // What the reader finds first is what a stranger must not do at all: to sign in comes before anything else.
      raw.say(
        typeof each.wire === "string" ? each.wire.replace("example.org", "localhost") : each.wire,
      );
      const fault = await raw.fault();
      expect(
        each.stanzas.length > 0 ? ["not-authorized"] : [each.fault, "not-authorized"],
      ).toContain(fault);
      expect(raw.heard).toContain("</stream:stream>");
    },
  );

  test.each([
    ["of another protocol", "<stream xmlns='urn:other'>", "invalid-namespace"],
    ["of an older version", head.replace('version="1.0">', ">"), "unsupported-version"],
    ["with a stanza before the sign-in", `${head}<presence/>`, "not-authorized"],
    ["of a server", `${head}<presence xmlns="jabber:server"/>`, "invalid-namespace"],
    ["to no domain", head.replace('to="localhost"', 'to="a b"'), "improper-addressing"],
    [
      "that wants TLS where there is none",
      `${head}<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`,
      "unsupported-feature",
    ],
    ["with a response to nothing", `${head}<response xmlns="${sasl}"/>`, "not-authorized"],
    [
      "with more than a stranger may say",
      `${head}<auth xmlns="${sasl}" mechanism="PLAIN">${"A".repeat(30_000)}</auth>`,
      "policy-violation",
    ],
  ])("%s is refused", async (_, wire, fault) => {
    const raw = await Raw.open(stage);
    raw.say(wire);
    expect(await raw.fault()).toBe(fault);
  });

  test("to another domain than the configured one is refused", async () => {
    const own = await setXmppStage({ settings: { "xmpp.domain": "example.org" } });
    try {
      const raw = await Raw.open(own);
      raw.say(head);
      expect(await raw.fault()).toBe("host-unknown");
    } finally {
      await own.close();
    }
  });

  test("that never gets anywhere ends at the deadline, however slowly it drips", async () => {
    const own = await setXmppStage({ settings: { "sessions.connectDeadlineMs": 600 } });
    try {
      const raw = await Raw.open(own);
      const drip = setInterval(() => raw.say(" "), 50);
      raw.say(head);
      const fault = await raw.fault().finally(() => clearInterval(drip));
      expect(fault).toBe("connection-timeout");
    } finally {
      await own.close();
    }
  });

  test("of bytes at random harms nobody", async () => {
    const quiet = await new Player(() => portOf(stage), "quiet").enter();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, inside) => {
        const raw = await Raw.open(stage);
        if (inside) raw.say(head);
        raw.say(bytes);
        raw.socket.end();
        await raw.fault();
      }),
      { numRuns: 60 },
    );
    const pong = await quiet.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
    expect(pong.attrs["type"]).toBe("result");
  });
});

describe("a sign-in", () => {
  const auth = (mechanism: string, data: string) =>
    `<auth xmlns="${sasl}" mechanism="${mechanism}">${data}</auth>`;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const failure = async (raw: Raw) =>
    (await raw.hears(new RegExp(`<failure xmlns="${sasl}"><([a-z-]+)/>`)))[1];

  test.each([
    ["of an unknown mechanism", "X-MAGIC", "", "invalid-mechanism"],
    ["without a message", "PLAIN", "", "incorrect-encoding"],
    ["that is no base64", "PLAIN", "!!!", "incorrect-encoding"],
    ["of two parts", "PLAIN", base64("alice\0password"), "malformed-request"],
    [
      "of somebody for another",
      "PLAIN",
      base64("bob@localhost\0alice\0password"),
      "invalid-authzid",
    ],
    ["of a user with no possible name", "PLAIN", base64("\0a b\0password"), "not-authorized"],
    ["of nobody", "PLAIN", base64("\0nobody\0a password"), "not-authorized"],
    [
      "by a token that is none",
      "PLAIN",
      base64(`\0alice\0${"a".repeat(20)}.${"b".repeat(20)}.${"c".repeat(20)}`),
      "not-authorized",
    ],
    ["by SCRAM with nonsense", "SCRAM-SHA-256", base64("hello"), "malformed-request"],
    [
      "by SCRAM with an extension that must be known",
      "SCRAM-SHA-256",
      base64("n,,m=x,n=alice,r=abc"),
      "malformed-request",
    ],
    [
      "by SCRAM that binds to nothing",
      "SCRAM-SHA-256",
      base64("p=tls-exporter,,n=alice,r=abc"),
      "malformed-request",
    ],
    ["by a bearer of nothing", "OAUTHBEARER", base64("n,,\u0001\u0001"), "malformed-request"],
  ])("%s is refused by name", async (_, mechanism, data, condition) => {
    const raw = await Raw.open(stage);
    raw.say(head + auth(mechanism, data));
    expect(await failure(raw)).toBe(condition);
    raw.socket.destroy();
  });

  test("by OAUTHBEARER hears why it failed before it ends, and succeeds with a good token", async () => {
    const raw = await Raw.open(stage);
    const bearer = (text: string) =>
      base64(`n,a=bearer@localhost,\u0001auth=Bearer ${text}\u0001\u0001`);
    raw.say(head + auth("OAUTHBEARER", bearer("nonsense")));
    const challenge = await raw.hears(/<challenge[^>]*>([^<]*)</);
    expect(JSON.parse(Buffer.from(challenge[1] ?? "", "base64").toString())).toEqual({
      status: "invalid_token",
    });
    raw.say(`<response xmlns="${sasl}">AQ==</response>`);
    expect(await failure(raw)).toBe("not-authorized");
    raw.say(auth("OAUTHBEARER", bearer(await token("bearer"))));
    await raw.hears(/<success/);
    raw.socket.destroy();
  });

  test("is tried so often and no more", async () => {
    const raw = await Raw.open(stage);
    raw.say(head);
    for (let attempt = 0; attempt < 5; attempt++) {
      raw.say(auth("PLAIN", base64(`\0nobody${attempt}\0a password`)));
      await raw.hears(new RegExp(`(<failure.*){${attempt + 1}}`, "s"));
    }
    expect(await raw.fault()).toBe("policy-violation");
  });

  test("shows for a user that there is not what it would for one that there is", async () => {
    await stage.server.accounts.users.create({ user: "somebody", password: "a long password" });
    const serverFirst = async (user: string) => {
      const raw = await Raw.open(stage);
      raw.say(head + auth("SCRAM-SHA-256", base64(`n,,n=${user},r=clientnonce`)));
      const challenge = await raw.hears(/<challenge[^>]*>([^<]*)</);
      raw.socket.destroy();
      const text = Buffer.from(challenge[1] ?? "", "base64").toString();
      return /^r=clientnonce[^,]+,s=([A-Za-z0-9+/=]{24}),i=(\d+)$/.exec(text)?.slice(1);
    };
    const there = await serverFirst("somebody");
    const nobody = await serverFirst("nobody-at-all");
    expect(there?.[1]).toBe(nobody?.[1]);
    expect(await serverFirst("nobody-at-all")).toEqual(nobody);
    expect(await serverFirst("somebody")).toEqual(there);
  });
});

describe("a client", () => {
  const player = (user: string) => new Player(() => portOf(stage), user);

  test("that speaks for another is cut", async () => {
    const villain = await player("villain").enter();
    villain.write(
      '<message from="hero@localhost" to="hero@localhost"><body>I confess</body></message>',
    );
    expect(conditionOf(await villain.hears(named("error")))).toBe("invalid-from");
    await villain.ended;
  });

  test("that acknowledges what it was never sent is cut", async () => {
    const boaster = await player("boaster").enter();
    boaster.write(`<a xmlns="${space.sm}" h="100000"/>`);
    expect(conditionOf(await boaster.hears(named("error")))).toBe("undefined-condition");
  });

  test.each([
    ["an order without an id", '<iq type="get"><ping xmlns="urn:xmpp:ping"/></iq>', "bad-request"],
    ["an order of two", '<iq type="get" id="1"><a xmlns="x"/><b xmlns="x"/></iq>', "bad-request"],
    [
      "an order that nobody knows",
      '<iq type="get" id="1"><a xmlns="urn:nobody"/></iq>',
      "service-unavailable",
    ],
    [
      "a question to another's device",
      '<iq type="get" id="1" to="a@localhost/x"><ping xmlns="urn:xmpp:ping"/></iq>',
      "service-unavailable",
    ],
    ["an address that is none", '<message to="@@@"><body>x</body></message>', "jid-malformed"],
    [
      "a message that would be lost",
      '<message to="a@localhost"><unknown xmlns="urn:x"/></message>',
      "feature-not-implemented",
    ],
    [
      "a room to a user",
      '<message type="groupchat" to="a@localhost"><body>x</body></message>',
      "bad-request",
    ],
    [
      "a question to an archive that makes no sense",
      `<iq type="set" id="1"><query xmlns="${space.mam}"><set xmlns="http://jabber.org/protocol/rsm"><max>x</max></set></query></iq>`,
      "bad-request",
    ],
  ])("that sends %s is told so, and goes on", async (_, wire, condition) => {
    const clumsy = await player("clumsy").enter({ managed: false });
    clumsy.write(wire);
    expect(conditionOf(await clumsy.hears((each) => each.attrs["type"] === "error"))).toBe(
      condition,
    );
    const pong = await clumsy.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
    expect(pong.attrs["type"]).toBe("result");
    await clumsy.leave();
  });

  test("that floods is slowed down and then cut, and its neighbour does not notice", async () => {
    const flooder = await player("flooder").enter({ managed: false });
    const neighbour = await player("neighbour").enter();
    const ping = '<iq type="get" id="f"><ping xmlns="urn:xmpp:ping"/></iq>';
    let flooding = true;
    void flooder.ended.then(() => {
      flooding = false;
    });
    const flood = async () => {
      while (flooding) {
        flooder.write(ping.repeat(200));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const over = flood();
    let slowestMs = 0;
    while (flooding) {
      const startMs = performance.now();
      await neighbour.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await over;
    expect(slowestMs).toBeLessThan(500);
    expect(
      flooder.unasked.filter((each) => conditionOf(each) === "resource-constraint").length,
    ).toBeGreaterThan(100);
  }, 15_000);

  test("that does not read is cut, and what it missed is kept", async () => {
    const talker = await stage.actor("talker");
    const deaf = await player("deaf").enter();
    deaf.deafen();
    const detached = await stage.metric("godwit_sessions_detached");
    const conversation = talker.with("deaf");
    const text = "x".repeat(20_000);
    for (let at = 0; at < 400; at++) {
      try {
        await talker.says(conversation, text);
      } catch {
        // Slowed down for its rate: that is another play.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await stage.metricReaches("godwit_sessions_detached", (count) => count > detached);
    await deaf.cut();
  }, 20_000);
});

const noOpenssl = isMissing("openssl", "version") && "apt-get install openssl";
describe.skipIf(noOpenssl !== false)(`under TLS (${noOpenssl || "openssl is there"})`, () => {
  const dir = mkdtempSync(join(tmpdir(), "godwit-xmpp-tls-"));
  const files = { certFile: join(dir, "cert.pem"), keyFile: join(dir, "key.pem") };
  let secure: Stage;
  beforeAll(async () => {
    const request = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
    ];
    spawnSync("openssl", [
      ...request,
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-keyout",
      files.keyFile,
      "-out",
      files.certFile,
    ]);
    secure = await setXmppStage({
      settings: {
        "xmpp.plainWithoutTls": false,
        "xmpp.tlsPort": 0,
        "listen.tls.certFile": files.certFile,
        "listen.tls.keyFile": files.keyFile,
      },
    });
    await secure.server.accounts.users.create({ user: "bound", password: "a long password" });
  });
  afterAll(async () => {
    await secure.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const startTls = '<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>';

  test("nobody signs in before it, and what was put behind STARTTLS is not heard", async () => {
    const raw = await Raw.open(secure);
    raw.say(head);
    const features = await raw.hears(/<stream:features>.*<\/stream:features>/s);
    expect(features[0]).toContain("<required/>");
    expect(features[0]).not.toContain("mechanism");
    raw.say(`<auth xmlns="${sasl}" mechanism="PLAIN">AGEAYg==</auth>`);
    await raw.hears(/<encryption-required\/>/);
    const before = raw.heard.length;
    raw.say(`${startTls}<auth xmlns="${sasl}" mechanism="PLAIN">AGEAYg==</auth>`);
    await raw.hears(/<proceed[^>]*\/>/);
    // The rest was in plain text: neither heard nor taken for TLS.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(raw.heard.slice(before)).toBe('<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>');
    raw.socket.destroy();
  });

  /** A stream under STARTTLS, whose features have come. */
  async function underTls(): Promise<{ raw: Raw; socket: TLSSocket }> {
    const plain = await Raw.open(secure);
    plain.say(head + startTls);
    await plain.hears(/<proceed[^>]*\/>/);
    plain.socket.removeAllListeners("data");
    const socket = connectTls({ socket: plain.socket, rejectUnauthorized: false });
    await new Promise((resolve) => socket.once("secureConnect", resolve));
    const raw = new Raw(socket);
    raw.say(head);
    await raw.hears(/<\/stream:features>/);
    return { raw, socket };
  }

  /** SCRAM-SHA-256, the client's side. */
  async function scram(raw: Raw, mechanism: string, gs2: string, binding: Buffer): Promise<string> {
    const nonce = randomBytes(12).toString("base64");
    const bare = `n=bound,r=${nonce}`;
    const base64 = (data: string | Buffer) => Buffer.from(data as string).toString("base64");
    raw.say(`<auth xmlns="${sasl}" mechanism="${mechanism}">${base64(gs2 + bare)}</auth>`);
    const [, data = ""] = await raw.hears(
      /<(?:challenge|failure)[^>]*>(.*?)<\/(?:challenge|failure)>/,
    );
    if (data.startsWith("<")) return data;
    const first = Buffer.from(data, "base64").toString();
    const [, both = "", salt = "", rounds = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(first) ?? [];
    const salted = pbkdf2Sync(
      "a long password",
      Buffer.from(salt, "base64"),
      Number(rounds),
      32,
      "sha256",
    );
    const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
    const clientKey = hmac(salted, "Client Key");
    const stored = createHash("sha256").update(clientKey).digest();
    const channel = Buffer.concat([Buffer.from(gs2), binding]).toString("base64");
    const withoutProof = `c=${channel},r=${both}`;
    const message = `${bare},${first},${withoutProof}`;
    const signature = hmac(stored, message);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    raw.say(
      `<response xmlns="${sasl}">${base64(`${withoutProof},p=${Buffer.from(proof).toString("base64")}`)}</response>`,
    );
    const [, end = ""] = await raw.hears(
      /(?:<success[^>]*>|<failure[^>]*>)(.*?)<\/(?:success|failure)>/,
    );
    const verifier = hmac(hmac(salted, "Server Key"), message).toString("base64");
    return Buffer.from(end, "base64").toString() === `v=${verifier}` ? "signed in" : end;
  }

  const exporterOf = (socket: TLSSocket) =>
    socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));

  test("SCRAM binds to the connection by tls-exporter", async () => {
    const { raw, socket } = await underTls();
    expect(raw.heard).toContain("<mechanism>SCRAM-SHA-256-PLUS</mechanism>");
    expect(raw.heard).toContain('<channel-binding type="tls-exporter"/>');
    const outcome = await scram(raw, "SCRAM-SHA-256-PLUS", "p=tls-exporter,,", exporterOf(socket));
    expect(outcome).toBe("signed in");
    raw.socket.destroy();
  });

  test("SCRAM that is bound to another connection is refused, and so is one that was lied to about binding", async () => {
    const [one, other] = [await underTls(), await underTls()];
    const relayed = await scram(
      one.raw,
      "SCRAM-SHA-256-PLUS",
      "p=tls-exporter,,",
      exporterOf(other.socket),
    );
    expect(relayed).toContain("<not-authorized");
    expect(await scram(other.raw, "SCRAM-SHA-256", "y,,", Buffer.alloc(0))).toContain(
      "<not-authorized",
    );
    one.raw.socket.destroy();
    other.raw.socket.destroy();
    const { raw } = await underTls();
    expect(await scram(raw, "SCRAM-SHA-256", "n,,", Buffer.alloc(0))).toBe("signed in");
    raw.socket.destroy();
  });
});
