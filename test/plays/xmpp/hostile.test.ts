/** Clients that mean ill, or have never read an RFC: each is told so by name, and nobody else notices. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { xmlCases } from "../../../packages/server/src/gateway/protocols/xmpp/xml/cases.ts";
import type { Stage } from "../stage.ts";
import { conditionOf, named, Player, portOf, setXmppStage, space } from "./kit.ts";
import { head, Raw, sasl } from "./raw.ts";

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
