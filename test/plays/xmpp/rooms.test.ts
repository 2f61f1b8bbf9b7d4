/** Rooms are groups: XMPP and native clients in the same one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import {
  bodyOf,
  child,
  conditionOf,
  elements,
  Player,
  portOf,
  setXmppStage,
  space,
  textOf,
  type Element,
} from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setXmppStage();
});
afterAll(() => stage.close());

const player = (user: string) => new Player(() => portOf(stage), user).enter();
const conference = "conference.localhost";
const roomOf = (conversation: string) => `${conversation.replaceAll(":", "\\3a")}@${conference}`;

const join = (who: Player, room: string, nick = who.user) =>
  who.write(
    `<presence to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );
const statusOf = (presence: Element) => {
  const x = child(presence, "x", space.mucUser);
  return elements(x!)
    .filter(({ name }) => name === "status")
    .map(({ attrs }) => Number(attrs["code"]));
};
const itemOf = (presence: Element) =>
  child(child(presence, "x", space.mucUser)!, "item", space.mucUser)?.attrs ?? {};
const self = (each: Element) =>
  each.name === "presence" &&
  child(each, "x", space.mucUser) !== undefined &&
  statusOf(each).includes(110);
const subjectOf = (each: Element) =>
  each.name === "message" && child(each, "subject", space.client) !== undefined;

describe("a room", () => {
  test("gives a message back with the origin-id by which its sender knows it, and so does its archive", async () => {
    const olga = await player("olga");
    const room = `origins@${conference}`;
    join(olga, room);
    await olga.hears(self);
    for (const [id, origin] of [
      ["r5sks3X1suSzj4054ab2125", "r5sks3X1suSzj4054ab2125"],
      ["m1", "quite another"],
      ["0f3b7c1e-4b5d-4f6a-8b7c-9d0e1f2a3b4c", "0f3b7c1e-4b5d-4f6a-8b7c-9d0e1f2a3b4c"],
    ] as const) {
      const inside = `<origin-id xmlns="${space.sid}" id="${origin}"/>`;
      olga.says(room, `by ${origin}`, { id, inside, type: "groupchat" });
      const back = await olga.reads(`by ${origin}`);
      expect(back.attrs["id"]).toBe(id);
      expect(child(back, "origin-id", space.sid)?.attrs["id"]).toBe(origin);
    }
    olga.says(room, "by nothing", { type: "groupchat" });
    expect(child(await olga.reads("by nothing"), "origin-id", space.sid)).toBeUndefined();
    await olga.ask("set", `<query xmlns="${space.mam}"/>`, room);
    const archived = await olga.hears((each) => child(each, "result", space.mam) !== undefined);
    const forwarded = child(child(archived, "result", space.mam)!, "forwarded", space.forward)!;
    const inner = elements(forwarded).at(-1)!;
    expect(child(inner, "origin-id", space.sid)?.attrs["id"]).toBe("r5sks3X1suSzj4054ab2125");
  });

  test("that is entered before anything else does not hide who of one's contacts is there", async () => {
    const wanda = await stage.actor("wanda");
    const sven = await player("sven");
    sven.says("wanda@localhost", "hello");
    await wanda.reads("hello");
    const room = `early@${conference}`;
    join(sven, room);
    await sven.hears(self);
    sven.says(room, "made", { type: "groupchat" });
    await sven.reads("made");
    await sven.leave();
    await sven.signIn();
    await sven.bind({ present: false });
    join(sven, room);
    // A change of status while one is on the way in is no second entrance.
    sven.write(`<presence to="${room}/sven"><show>away</show></presence>`);
    sven.write("<presence/>");
    const there = await sven.hears(({ attrs }) => attrs["from"] === "wanda@localhost/godwit");
    expect(there.name).toBe("presence");
    await sven.hears(self);
    await sven.settled();
    expect(sven.unasked.some(self)).toBe(false);
  });

  test("that is begun answers its owner before it is made", async () => {
    const pia = await player("pia");
    const room = `begun@${conference}`;
    join(pia, room);
    await pia.hears(self);
    const info = await pia.ask(
      "get",
      '<query xmlns="http://jabber.org/protocol/disco#info"/>',
      room,
    );
    expect(elements(elements(info)[0]!)[0]?.attrs).toMatchObject({
      category: "conference",
      name: "begun",
    });
    const list = async (affiliation: string) => {
      const answer = await pia.ask(
        "get",
        `<query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="${affiliation}"/></query>`,
        room,
      );
      return elements(elements(answer)[0]!).map(({ attrs }) => attrs["jid"]);
    };
    expect(await list("owner")).toEqual(["pia@localhost"]);
    expect(await list("member")).toEqual([]);
  });

  test("is a bookmark for clients that ask in the older way, too", async () => {
    const ravi = await player("ravi");
    const room = `marked@${conference}`;
    join(ravi, room);
    await ravi.hears(self);
    ravi.says(room, "made", { type: "groupchat" });
    await ravi.reads("made");
    const answer = await ravi.ask(
      "get",
      '<query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks"/></query>',
    );
    const storage = elements(elements(answer)[0]!)[0]!;
    expect(elements(storage).map(({ attrs }) => attrs)).toEqual([
      { jid: room, name: "marked", autojoin: "true" },
    ]);
  });
});

describe("a group", () => {
  test("is a room: entered with its history, spoken in from both sides, ordered the same", async () => {
    const [anna, otto] = await stage.cast("anna", "otto");
    const xena = await player("xena");
    const { id } = await anna
      .call("create", {
        clientId: crypto.randomUUID(),
        kind: "group",
        title: "Lunch",
        members: ["otto", "xena"],
      })
      .then(({ conversation }) => conversation);
    const room = roomOf(id);
    const invited = await xena.hears((each) => child(each, "x", space.mucUser) !== undefined);
    expect(invited.attrs["from"]).toBe(room);
    await anna.says(id, "before");
    join(xena, room, "another nick");
    const there = await xena.hears(
      (each) => each.name === "presence" && each.attrs["from"] === `${room}/anna`,
    );
    expect(itemOf(there)).toMatchObject({
      affiliation: "owner",
      role: "moderator",
      jid: "anna@localhost",
    });
    const entered = await xena.hears(self);
    expect(entered.attrs["from"]).toBe(`${room}/xena`);
    expect(statusOf(entered)).toEqual([100, 110, 170, 210]);
    const history = await xena.reads("before");
    expect(child(history, "delay", space.delay)).toBeDefined();
    expect(textOf(child(await xena.hears(subjectOf), "subject", space.client))).toBe("Lunch");

    const said = xena.says(room, "hello all", { type: "groupchat" });
    const reflected = await xena.reads("hello all");
    expect(reflected.attrs).toMatchObject({ id: said, from: `${room}/xena`, type: "groupchat" });
    const seen = await otto.hears(
      "message",
      ({ message }) => message.content["text"] === "hello all",
    );
    expect(child(reflected, "stanza-id", space.sid)?.attrs["id"]).toBe(String(seen.message.seq));
    await otto.says(id, "hello Xena");
    expect((await xena.reads("hello Xena")).attrs["from"]).toBe(`${room}/otto`);
  });

  test("that changes, changes as a room does", async () => {
    const [boss, clerk] = await stage.cast("boss", "clerk");
    const xia = await player("xia");
    const { id } = await boss.founds([clerk]);
    await boss.call("invite", { conversation: id, users: ["xia"] });
    const room = roomOf(id);
    join(xia, room);
    await xia.hears(subjectOf);
    await boss.call("rename", { conversation: id, title: "Renamed" });
    expect(textOf(child(await xia.hears(subjectOf), "subject", space.client))).toBe("Renamed");
    await boss.call("role", { conversation: id, user: "clerk", role: "admin" });
    const promoted = await xia.hears(
      (each) => each.attrs["from"] === `${room}/clerk` && itemOf(each)["affiliation"] === "admin",
    );
    expect(itemOf(promoted)["role"]).toBe("moderator");
    await clerk.leaves();
    await boss.call("remove", { conversation: id, users: ["clerk"], ban: true });
    const banned = await xia.hears(
      (each) =>
        each.attrs["from"] === `${room}/clerk` &&
        each.attrs["type"] === "unavailable" &&
        itemOf(each)["affiliation"] === "outcast",
    );
    expect(statusOf(banned)).toEqual([301]);
    await boss.call("remove", { conversation: id, users: ["xia"] });
    const kicked = await xia.hears((each) => self(each) && each.attrs["type"] === "unavailable");
    expect(statusOf(kicked)).toEqual([110, 307, 321]);
    xia.says(room, "still here?", { type: "groupchat", id: "late" });
    expect(conditionOf(await xia.hears((each) => each.attrs["id"] === "late"))).toBe(
      "not-acceptable",
    );
    join(xia, room);
    const refused = await xia.hears((each) => each.attrs["type"] === "error");
    expect(conditionOf(refused)).toBe("registration-required");
  });

  test("can be large, read-diffused, and spoken in all the same", async () => {
    const own = await setXmppStage({ settings: { "groups.largeGroupMembers": 2 } });
    try {
      const lead = await own.actor("lead");
      for (const user of ["one", "two", "xl"]) await own.http(user, "devices", {});
      const { conversation } = await lead.call("create", {
        clientId: crypto.randomUUID(),
        kind: "group",
        title: "Crowd",
        members: ["one", "two", "xl"],
      });
      const xl = await new Player(() => portOf(own), "xl").enter();
      join(xl, roomOf(conversation.id));
      await xl.hears(subjectOf);
      await lead.says(conversation.id, "to all");
      await xl.reads("to all");
    } finally {
      await own.close();
    }
  });
});

describe("a room", () => {
  test("made over XMPP is a group, with its name as its address", async () => {
    const maker = await player("maker");
    const guest = await player("guest");
    const native = await stage.actor("native");
    const room = `tea@${conference}`;
    join(maker, room);
    expect(statusOf(await maker.hears(self))).toEqual([100, 110, 201]);
    join(guest, room);
    const waiting = await guest.hears(self);
    expect(statusOf(waiting)).toContain(201);
    const form = `<x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_roomname"><value>Tea</value></field></x>`;
    const made = await maker.ask(
      "set",
      `<query xmlns="http://jabber.org/protocol/muc#owner">${form}</query>`,
      room,
    );
    expect(made.attrs["type"]).toBe("result");
    const late = await guest.ask(
      "set",
      `<query xmlns="http://jabber.org/protocol/muc#owner">${form}</query>`,
      room,
    );
    expect(conditionOf(late)).toBe("conflict");
    join(guest, room);
    await guest.hears((each) => self(each) && itemOf(each)["affiliation"] === "member");
    maker.says(room, "one lump?", { type: "groupchat" });
    await guest.reads("one lump?");
    maker.write(
      `<message to="${room}"><x xmlns="${space.mucUser}"><invite to="native@localhost"/></x></message>`,
    );
    const { conversation } = await native.hears("conversation", ({ change }) => change === "added");
    expect(conversation).toMatchObject({ kind: "group", title: "Tea", open: true });
    const bookmarks = await guest.ask(
      "get",
      '<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:bookmarks:1"/></pubsub>',
    );
    expect(JSON.stringify(bookmarks)).toContain(room);
    const destroyed = await maker.ask(
      "set",
      '<query xmlns="http://jabber.org/protocol/muc#owner"><destroy/></query>',
      room,
    );
    expect(destroyed.attrs["type"]).toBe("result");
    const gone = await guest.hears((each) => self(each) && each.attrs["type"] === "unavailable");
    expect(child(child(gone, "x", space.mucUser)!, "destroy", space.mucUser)).toBeDefined();
    // The name is free again.
    join(guest, room);
    expect(statusOf(await guest.hears(self))).toContain(201);
    guest.says(room, "made by speaking", { type: "groupchat" });
    await guest.reads("made by speaking");
  });

  test("lists who is what, and is led by its owner", async () => {
    const head = await player("head");
    const hand = await player("hand");
    const room = `office@${conference}`;
    join(head, room);
    await head.hears(self);
    head.write(
      `<message to="${room}"><x xmlns="${space.mucUser}"><invite to="hand@localhost"/></x></message>`,
    );
    await hand.hears((each) => child(each, "x", space.mucUser) !== undefined);
    join(hand, room);
    await hand.hears(subjectOf);
    const admin = (inside: string, type: "get" | "set" = "set") =>
      head.ask(type, `<query xmlns="http://jabber.org/protocol/muc#admin">${inside}</query>`, room);
    expect((await admin('<item jid="hand@localhost" affiliation="admin"/>')).attrs["type"]).toBe(
      "result",
    );
    await hand.hears((each) => self(each) && itemOf(each)["affiliation"] === "admin");
    const admins = await admin('<item affiliation="admin"/>', "get");
    expect(elements(elements(admins)[0]!).map(({ attrs }) => attrs["jid"])).toEqual([
      "hand@localhost",
    ]);
    await admin('<item nick="hand" affiliation="member"/>');
    await admin('<item nick="hand" role="visitor"/>');
    await hand.hears((each) => self(each) && itemOf(each)["role"] === "visitor");
    hand.says(room, "may I?", { type: "groupchat", id: "muted" });
    expect(conditionOf(await hand.hears((each) => each.attrs["id"] === "muted"))).toBe("forbidden");
    const byHand = await hand.ask(
      "set",
      '<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="head" role="none"/></query>',
      room,
    );
    expect(conditionOf(byHand)).toBe("forbidden");
    await admin('<item nick="hand" role="none"/>');
    expect(
      statusOf(await hand.hears((each) => self(each) && each.attrs["type"] === "unavailable")),
    ).toContain(307);
  });

  test("says no to what it does not do", async () => {
    const solo = await player("solo");
    const room = `den@${conference}`;
    join(solo, room);
    await solo.hears(self);
    solo.says(`${room}/solo`, "psst", { id: "private" });
    expect(conditionOf(await solo.hears((each) => each.attrs["id"] === "private"))).toBe(
      "not-acceptable",
    );
    join(solo, `g\\3a0\\3aabcdefghij@${conference}`);
    expect(conditionOf(await solo.hears((each) => each.attrs["type"] === "error"))).toBe(
      "item-not-found",
    );
    const blocked = await solo.ask("get", '<blocklist xmlns="urn:xmpp:blocking"/>');
    expect(conditionOf(blocked)).toBe("feature-not-implemented");
    expect(bodyOf(blocked)).toBeUndefined();
  });

  test("left by one client goes on for the member", async () => {
    const [host] = await stage.cast("host");
    const roamer = await player("roamer");
    const { conversation } = await host.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "Always",
      members: ["roamer"],
    });
    const room = roomOf(conversation.id);
    join(roamer, room);
    await roamer.hears(subjectOf);
    // XEP-0410: whether it is in there still, or not.
    const selfPing = () => roamer.ask("get", '<ping xmlns="urn:xmpp:ping"/>', `${room}/roamer`);
    expect((await selfPing()).attrs["type"]).toBe("result");
    roamer.write(`<presence type="unavailable" to="${room}/roamer"/>`);
    expect(
      (await roamer.hears((each) => self(each) && each.attrs["type"] === "unavailable")).name,
    ).toBe("presence");
    expect(conditionOf(await selfPing())).toBe("not-acceptable");
    await host.says(conversation.id, "unheard");
    await roamer.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
    expect(roamer.unasked.some((each) => bodyOf(each) !== undefined)).toBe(false);
    expect((await host.sees(conversation.id)).memberCount).toBe(2);
    const left = await roamer.ask(
      "set",
      '<query xmlns="jabber:iq:register"><remove/></query>',
      room,
    );
    expect(left.attrs["type"]).toBe("result");
    await host.notices("left");
  });
});
