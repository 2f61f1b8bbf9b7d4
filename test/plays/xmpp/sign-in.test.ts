/** Signing in over XMPP: what is refused by name, what nobody learns, and what binds to a TLS connection. */
import { spawnSync } from "node:child_process";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PlayClock } from "../clock.ts";
import { isMissing } from "../mqtt/kit.ts";
import type { Stage } from "../stage.ts";
import { signed, token } from "../tokens.ts";
import { conditionOf, named, Player, portOf, setXmppStage } from "./kit.ts";
import { head, Raw, sasl } from "./raw.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setXmppStage();
});
afterAll(() => stage.close());

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

  test("takes a user's name in any case, also for a token and for whom it acts", async () => {
    const capital = await token("Capital");
    const given = "capital@localhost\0capital\0";
    for (const [mechanism, text] of [
      ["PLAIN", given + capital],
      ["OAUTHBEARER", `n,a=capital@localhost,\u0001auth=Bearer ${capital}\u0001\u0001`],
    ] as const) {
      const raw = await Raw.open(stage);
      raw.say(head + auth(mechanism, base64(text)));
      await raw.hears(/<success/);
      raw.socket.destroy();
    }
  });

  test("takes a password that looks like a token for the password, tells no more than of another, and counts it once", async () => {
    const own = await setXmppStage({ settings: { "accounts.loginAttemptsPerMinuteMax": 3 } });
    try {
      const foreign = await signed("sensor", "a secret of somebody else's, forty bytes!", 1);
      const parts = [20, 21, 22].map((length) => "x".repeat(length)).join(".");
      const says = async (user: string, password: string) => {
        const raw = await Raw.open(own);
        raw.say(head + auth("PLAIN", base64(`\0${user}\0${password}`)));
        const [, said = ""] = await raw.hears(/<(success|failure[^>]*>.*<\/text><\/failure>)/s);
        raw.socket.destroy();
        return said;
      };
      for (const [user, password] of [
        ["dotted", parts],
        ["foreign", foreign],
      ] as const) {
        await own.server.accounts.users.create({ user, password });
        expect(await says(user, password)).toBe("success");
      }
      const wrong = await says("nobody", "guessed");
      expect(wrong).toContain("not-authorized");
      expect(await says("dotted", foreign)).toBe(wrong);
      expect(await says("dotted", "guessed")).toBe(wrong);
      expect(await says("dotted", foreign)).toBe(wrong);
      expect(await says("dotted", foreign)).toContain("temporary-auth-failure");
      // A token of one's own that holds no more is no guess at the password.
      const revoked = await signed("foreign", "a secret that was given up, forty bytes.", 1);
      for (let tries = 0; tries < 4; tries++)
        expect(await says("foreign", revoked)).toContain("not-authorized");
      expect(await says("foreign", foreign)).toBe("success");
    } finally {
      await own.close();
    }
  });

  test("is answered by a stream that calls its client as the client does itself, and only then", async () => {
    for (const [from, to] of [
      ['from="Somebody@localhost/x" ', ' to="somebody@localhost"'],
      ['from="&quot;>@localhost" ', ""],
      ["", ""],
    ] as const) {
      const raw = await Raw.open(stage);
      raw.say(head.replace("to=", `${from}to=`));
      const [, attributes] = await raw.hears(/<stream:stream[^>]* from="localhost"([^>]*) version/);
      expect(attributes).toBe(to);
      raw.socket.destroy();
    }
  });

  test("makes its device known, which can be signed out, and disabled accounts are cut", async () => {
    const admin = await stage.admin();
    const phone = await new Player(() => portOf(stage), "owner", { device: "phone" }).enter();
    const desk = await stage.actor("owner", { device: "desk" });
    const { devices } = await desk.call("devices", {});
    expect(devices.map(({ device, online }) => ({ device, online }))).toEqual([
      { device: "desk", online: true },
      { device: "phone", online: true },
    ]);
    await desk.call("sign_out", { device: "phone" });
    expect(conditionOf(await phone.hears(named("error")))).toBe("reset");
    const back = await new Player(() => portOf(stage), "owner", { device: "tablet" }).enter();
    await admin.call("kick", { user: "owner", reason: "Enough." });
    expect(conditionOf(await back.hears(named("error")))).toBe("policy-violation");
  });

  test("by a token lasts as long as the token, also for a client that only listens", async () => {
    const clock = new PlayClock();
    const own = await setXmppStage({ overrides: { clock } });
    try {
      const guest = await new Player(() => portOf(own), "guest", { lifetimeMs: 200_000 }).enter();
      await guest.settled();
      clock.pass(100_000);
      await guest.settled();
      clock.pass(162_000);
      expect(conditionOf(await guest.hears(named("error")))).toBe("not-authorized");
      await guest.ended;
      expect((await new Player(() => portOf(own), "guest").enter()).jid).toBe(guest.jid);
    } finally {
      await own.close();
    }
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
