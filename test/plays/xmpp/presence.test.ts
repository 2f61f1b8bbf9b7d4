/** Who is there: a user's own devices to one another, and what a client is told of others when it comes back. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PlayClock } from "../clock.ts";
import type { Stage } from "../stage.ts";
import {
  child,
  conditionOf,
  elements,
  named,
  Player,
  portOf,
  presenceOf,
  setXmppStage,
  space,
  textOf,
  type Element,
} from "./kit.ts";

const resumeMs = 300_000;
let stage: Stage;
let clock: PlayClock;
beforeAll(async () => {
  clock = new PlayClock();
  stage = await setXmppStage({
    overrides: { clock },
    settings: { "sessions.resumeMs": resumeMs, "presence.lingerMs": 0 },
  });
});
afterAll(() => stage.close());

const player = (user: string, device: string) => new Player(() => portOf(stage), user, { device });
const inside = (element: Element) => elements(element).map(({ name }) => name);
const isPresence = ({ name }: Element) => name === "presence";
/** What a player has heard of somebody's presence and nobody has waited for. */
const unasked = (who: Player, jid: string) => who.unasked.filter(presenceOf(jid));

/** Time passes while these are heard from time to time. */
async function minutesPass(minutes: number, ...heard: readonly Player[]): Promise<void> {
  for (let at = 0; at < minutes; at++) {
    clock.pass(60_000);
    for (const each of heard) await each.settled();
  }
}

describe("a user's own devices", () => {
  test("hear of each other and of themselves, from the first presence to the last", async () => {
    const phone = await player("many", "phone").enter();
    const desk = player("many", "desk");
    await desk.signIn();
    await desk.bind({ present: false });
    desk.write(
      '<presence><show>chat</show><status>at my &lt;desk&gt;</status><priority>5</priority><c xmlns="http://jabber.org/protocol/caps" node="n" ver="v" hash="sha-1"/></presence>',
    );
    for (const each of [phone, desk]) {
      const there = await each.hears(presenceOf(desk.jid));
      expect(there.attrs).toEqual({ from: desk.jid, to: each.jid });
      expect(inside(there)).toEqual(["show", "status", "priority", "c"]);
      expect(textOf(child(there, "status", space.client))).toBe("at my <desk>");
    }
    expect(inside(await desk.hears(presenceOf(phone.jid)))).toEqual([]);
    phone.write("<presence><show>away</show></presence>");
    for (const each of [phone, desk]) {
      const away = await each.hears(presenceOf(phone.jid));
      expect(textOf(child(away, "show", space.client))).toBe("away");
    }
    desk.write('<presence type="unavailable"><status>bye</status></presence>');
    for (const each of [phone, desk]) {
      const gone = await each.hears(presenceOf(desk.jid));
      expect(gone.attrs["type"]).toBe("unavailable");
      expect(textOf(child(gone, "status", space.client))).toBe("bye");
    }
    phone.write("<presence/>");
    await phone.hears(presenceOf(phone.jid));
    await desk.settled();
    // It is not there: it hears of nobody until it is again, and then of everybody.
    expect(unasked(desk, phone.jid)).toEqual([]);
    desk.write("<presence/>");
    await desk.hears(presenceOf(phone.jid));
    await phone.hears(presenceOf(desk.jid));
    phone.write('<presence type="probe" to="many@localhost"/>');
    await phone.hears(presenceOf(desk.jid));
    await phone.leave();
    expect((await desk.hears(presenceOf(phone.jid))).attrs["type"]).toBe("unavailable");
    await desk.leave();
  });

  test("ask each other, and nobody else's", async () => {
    const phone = await player("asker", "phone").enter();
    const desk = await player("asker", "desk").enter();
    const other = await player("other", "x").enter();
    const disco = '<query xmlns="http://jabber.org/protocol/disco#info"/>';
    const asked = phone.ask("get", disco, desk.jid);
    const question = await desk.hears(named("iq"));
    expect(question.attrs).toMatchObject({ from: phone.jid, to: desk.jid, type: "get" });
    expect(inside(question)).toEqual(["query"]);
    desk.write(`<iq type="result" id="${question.attrs["id"]}" to="${phone.jid}">${disco}</iq>`);
    expect((await asked).attrs).toMatchObject({ from: desk.jid, to: phone.jid, type: "result" });
    // Nobody answers for who is not there, nor for somebody else.
    await desk.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached > 0);
    for (const jid of [desk.jid, "asker@localhost/nothing", other.jid])
      expect(conditionOf(await phone.ask("get", disco, jid))).toBe("service-unavailable");
    phone.write(`<iq type="result" id="x" to="${other.jid}">${disco}</iq>`);
    await phone.settled();
    await other.settled();
    expect(other.unasked.some(named("iq"))).toBe(false);
    expect((await desk.resume()).name).toBe("resumed");
    for (const each of [phone, desk, other]) await each.leave();
  });

  test("cannot speak in the server's name by it, nor keep much in the server", async () => {
    const phone = await player("loud", "phone").enter();
    const desk = await player("loud", "desk").enter();
    await phone.hears(presenceOf(desk.jid));
    desk.write(
      `<presence><x xmlns="${space.mucUser}"/><delay xmlns="${space.delay}" stamp="2020-01-01T00:00:00Z"/><show>xa</show><status>${"long ".repeat(1_000)}</status></presence>`,
    );
    expect(inside(await phone.hears(presenceOf(desk.jid)))).toEqual(["show"]);
    for (const each of [phone, desk]) await each.leave();
  });

  test("hear that one was cut off once its session is over, and not if it has come back", async () => {
    const desk = await player("cut", "desk").enter();
    const phone = await player("cut", "phone").enter();
    const plain = await player("cut", "plain").enter({ managed: false });
    for (const each of [phone, plain]) await desk.hears(presenceOf(each.jid));
    await plain.cut();
    expect((await desk.hears(presenceOf(plain.jid))).attrs["type"]).toBe("unavailable");
    await phone.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached === 1);
    await minutesPass(4, desk);
    expect((await phone.resume()).name).toBe("resumed");
    await phone.settled();
    await phone.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached === 1);
    // As a session of its own it takes the place of the one before.
    const again = await player("cut", "phone").enter();
    await desk.hears(presenceOf(phone.jid));
    await minutesPass(6, desk, again);
    expect(unasked(desk, phone.jid)).toEqual([]);
    await again.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached === 1);
    await minutesPass(6, desk);
    expect((await desk.hears(presenceOf(phone.jid))).attrs["type"]).toBe("unavailable");
    await desk.leave();
  });

  test("of other protocols are not shown, and a contact with several devices is one resource", async () => {
    const web = await stage.actor("mixed", { device: "web" });
    const phone = await player("mixed", "phone").enter();
    const friend = await player("friend", "x").enter();
    await friend.ask("get", '<query xmlns="jabber:iq:roster"/>');
    phone.says("friend@localhost", "hello");
    await friend.reads("hello");
    await friend.hears(presenceOf("mixed@localhost/godwit"));
    await web.call("presence", { status: "away" });
    phone.write("<presence><show>away</show></presence>");
    const away = await friend.hears(isPresence);
    expect(away.attrs["from"]).toBe("mixed@localhost/godwit");
    expect(textOf(child(away, "show", space.client))).toBe("away");
    await phone.hears(presenceOf(phone.jid));
    await phone.settled();
    expect(
      phone.unasked.some(
        ({ name, attrs }) => name === "presence" && attrs["from"]?.startsWith("mixed"),
      ),
    ).toBe(false);
    for (const each of [phone, friend]) await each.leave();
  });
});

describe("a client that comes back", () => {
  test("is told who came and went meanwhile, in its roster and in its rooms", async () => {
    const back = await player("back", "x").enter();
    await back.ask("get", '<query xmlns="jabber:iq:roster"/>');
    const friend = await stage.actor("companion");
    const room = "club@conference.localhost";
    back.write(
      `<presence to="${room}/back"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    await back.hears(presenceOf(`${room}/back`));
    await back.ask(
      "set",
      '<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query>',
      room,
    );
    await back.ask(
      "set",
      `<query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="member" jid="companion@localhost"/></query>`,
      room,
    );
    await back.hears(presenceOf(`${room}/companion`));
    back.says("companion@localhost", "hello");
    await back.hears(presenceOf("companion@localhost/godwit"));
    back.write('<inactive xmlns="urn:xmpp:csi:0"/>');
    await back.settled();
    await back.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached === 1);
    await friend.call("presence", { status: "away" });
    expect((await back.resume()).name).toBe("resumed");
    for (const jid of ["companion@localhost/godwit", `${room}/companion`]) {
      const away = await back.hears(presenceOf(jid));
      expect(textOf(child(away, "show", space.client))).toBe("away");
    }
    // XEP-0352 section 5.2: it is active again, too.
    await friend.call("presence", { status: "online" });
    expect(inside(await back.hears(presenceOf("companion@localhost/godwit")))).toEqual([]);
    await back.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached === 1);
    await friend.call("presence", { status: "invisible" });
    expect((await back.resume()).name).toBe("resumed");
    for (const jid of ["companion@localhost/godwit", `${room}/companion`])
      expect((await back.hears(presenceOf(jid))).attrs["type"]).toBe("unavailable");
    expect(back.unasked.some(named("error"))).toBe(false);
    await back.leave();
  });

  test("does not count somebody as gone who has lost the connection just now, and hears when they have", async () => {
    const lingerMs = 60_000;
    const patient = await setXmppStage({
      overrides: { clock },
      settings: { "presence.lingerMs": lingerMs },
    });
    try {
      const back = await new Player(() => portOf(patient), "back", { device: "x" }).enter();
      const friend = await patient.actor("friend");
      await back.ask("get", '<query xmlns="jabber:iq:roster"/>');
      back.says("friend@localhost", "hello");
      const resource = "friend@localhost/godwit";
      await back.hears(presenceOf(resource));
      const detached = (count: number) =>
        patient.metricReaches("godwit_sessions_detached", (now) => now === count);
      await back.cut();
      await friend.cut();
      await detached(2);
      expect((await back.resume()).name).toBe("resumed");
      await back.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
      await friend.resume();
      clock.pass(lingerMs * 2);
      await back.settled();
      expect(unasked(back, resource)).toEqual([]);
      await friend.cut();
      await detached(1);
      await back.cut();
      await detached(2);
      clock.pass(lingerMs + 1_000);
      expect((await back.resume()).name).toBe("resumed");
      expect((await back.hears(presenceOf(resource))).attrs["type"]).toBe("unavailable");
      await back.leave();
    } finally {
      await patient.close();
    }
  });

  test("and says that it is not there has left its rooms", async () => {
    const shy = await player("shy", "x").enter();
    const room = "nook@conference.localhost";
    shy.write(`<presence to="${room}/shy"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
    await shy.hears(presenceOf(`${room}/shy`));
    shy.write('<presence type="unavailable"/>');
    expect((await shy.hears(presenceOf(`${room}/shy`))).attrs["type"]).toBe("unavailable");
    await shy.leave();
  });
});
