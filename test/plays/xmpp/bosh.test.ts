/** A client behind a network that lets nothing but requests through. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { token } from "../tokens.ts";
import { setXmppStage } from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setXmppStage();
});
afterAll(() => stage.close());

const bind = 'xmlns="http://jabber.org/protocol/httpbind"';
const xbosh = 'xmlns:xmpp="urn:xmpp:xbosh"';

/** One BOSH client, which numbers its requests. */
class Bosh {
  sid = "";
  rid = 1_000;

  async post(text: string): Promise<string> {
    const response = await fetch(`${stage.url}/http-bind`, { method: "POST", body: text });
    return response.text();
  }

  /** The next request, with this inside. */
  say(inside = "", attrs = ""): Promise<string> {
    return this.post(
      `<body ${bind} ${xbosh} rid="${++this.rid}" sid="${this.sid}" ${attrs}>${inside}</body>`,
    );
  }

  async enter(user: string): Promise<this> {
    const opened = await this.post(
      `<body ${bind} ${xbosh} rid="${this.rid}" to="localhost" wait="5" hold="1" ver="1.6" xmpp:version="1.0"/>`,
    );
    this.sid = /sid="([^"]+)"/.exec(opened)?.[1] ?? "";
    expect(opened).toContain("<stream:features");
    const plain = Buffer.from(`\0${user}\0${await token(user)}`).toString("base64");
    const auth = `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain}</auth>`;
    expect(await this.say(auth)).toContain("<success");
    expect(await this.say("", 'xmpp:restart="true"')).toContain("<bind");
    const bound = await this.say(
      '<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>web</resource></bind></iq>',
    );
    expect(bound).toContain(`<jid>${user}@localhost/web</jid>`);
    return this;
  }
}

test("talks in both directions, with one request held", async () => {
  const native = await stage.actor("bosh-native");
  const web = await new Bosh().enter("bosh-user");
  const held = web.say("<presence/>");
  const said = web.say(
    '<message to="bosh-native@localhost" type="chat" id="m1"><body>by request</body></message>',
  );
  const { conversation } = await native.reads("by request");
  // The first request is let go by the second.
  expect(await held).toContain("<body");
  await native.says(conversation, "by response");
  expect(await said).toContain("<body>by response</body>");
});

test("brings a text that speaks of the framing of WebSocket, too", async () => {
  const native = await stage.actor("bosh-framing");
  const web = await new Bosh().enter("bosh-framed");
  const held = web.say("<presence/>");
  const next = web.say();
  await held;
  const text =
    'write <open xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>, with xmlns="jabber:client"';
  await native.says(native.with("bosh-framed"), text);
  expect(await next).toContain('xmlns="urn:ietf:params:xml:ns:xmpp-framing"/&gt;, with');
});

test("gives a response that was lost again, and hears requests in the order of their numbers", async () => {
  const native = await stage.actor("bosh-order");
  const web = await new Bosh().enter("bosh-lossy");
  const message = (id: string) =>
    `<message xmlns="jabber:client" to="bosh-order@localhost" type="chat" id="${id}"><body>${id}</body></message>`;
  const ping = '<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>';
  const first = await web.say(ping);
  web.rid--;
  expect(await web.say(ping)).toBe(first);
  // The second arrives before the first.
  web.rid++;
  const second = web.say(message("second"));
  web.rid -= 2;
  void web.say(message("first"));
  await native.reads("first");
  await native.reads("second");
  web.rid++;
  void second;
  const ended = await web.say("", 'type="terminate"');
  expect(ended).toContain('type="terminate"');
  expect(await web.say()).toContain('condition="item-not-found"');
});

test("is refused by name where it makes no sense", async () => {
  const web = new Bosh();
  const refused = async (text: string) => /condition="([^"]+)"/.exec(await web.post(text))?.[1];
  expect(await refused("hello")).toBe("bad-request");
  expect(await refused(`<body ${bind}/>`)).toBe("bad-request");
  expect(await refused(`<body ${bind} rid="1" sid="none"/>`)).toBe("item-not-found");
  expect(await refused(`<!DOCTYPE a><body ${bind} rid="1"/>`)).toBe("bad-request");
  const foreign = await fetch(`${stage.url}/http-bind`, {
    method: "POST",
    headers: { origin: "https://elsewhere.example" },
    body: `<body ${bind} rid="1"/>`,
  });
  expect(foreign.status).toBe(403);
});
