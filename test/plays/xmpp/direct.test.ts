/** Romeo speaks XMPP, Juliet the native protocol: they are in one conversation. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import {
  bodyOf,
  child,
  conditionOf,
  elements,
  named,
  Player,
  portOf,
  setXmppStage,
  space,
  textOf,
} from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setXmppStage();
});
afterAll(() => stage.close());

const player = (user: string, device?: string) =>
  new Player(() => portOf(stage), user, device === undefined ? {} : { device });

describe("one conversation over two protocols", () => {
  test("is the same in both directions, with receipts and markers", async () => {
    const juliet = await stage.actor("juliet");
    const romeo = await player("romeo", "phone").enter();
    expect(romeo.jid).toBe("romeo@localhost/phone");
    const wants = `<request xmlns="${space.receipts}"/><markable xmlns="${space.markers}"/>`;
    const id = romeo.says("juliet@localhost", "Lady, by yonder &lt;moon&gt;", { inside: wants });
    const message = await juliet.reads("Lady, by yonder <moon>");
    expect(message).toMatchObject({ clientId: id, sender: "romeo", device: "phone", seq: 1 });
    await juliet.call("delivered", { conversation: message.conversation, seq: 1 });
    const received = await romeo.hears(
      (each) => child(each, "received", space.receipts) !== undefined,
    );
    expect(child(received, "received", space.receipts)?.attrs["id"]).toBe(id);
    await juliet.call("read", { conversation: message.conversation, seq: 1 });
    const displayed = await romeo.hears(
      (each) => child(each, "displayed", space.markers) !== undefined,
    );
    expect(child(displayed, "displayed", space.markers)?.attrs["id"]).toBe(id);

    const { seq, messageId } = await juliet.says(message.conversation, "O, swear not by the moon");
    const heard = await romeo.reads("O, swear not by the moon");
    expect(heard.attrs).toMatchObject({ from: "juliet@localhost/juliet-1", type: "chat" });
    expect(child(heard, "stanza-id", space.sid)?.attrs).toMatchObject({
      by: "romeo@localhost",
      id: `${messageId}-${seq}`,
    });
    // The acknowledgement of the stanza says that it was delivered, the marker that it was read.
    const delivered = await juliet.hears("receipt", ({ user }) => user === "romeo");
    expect(delivered).toMatchObject({ delivered: seq });
    romeo.write(
      `<message to="juliet@localhost" type="chat"><displayed xmlns="${space.markers}" id="${heard.attrs["id"]}"/></message>`,
    );
    const read = await juliet.hears("receipt", (event) => event.read === seq);
    expect(read.user).toBe("romeo");
  });

  test("shows who is typing, in both directions", async () => {
    const juliet = await stage.actor("juliet-t");
    const romeo = await player("romeo-t").enter();
    romeo.says("juliet-t@localhost", "hello");
    const { conversation } = await juliet.reads("hello");
    romeo.write(
      '<message to="juliet-t@localhost" type="chat"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>',
    );
    expect(await juliet.hears("typing")).toMatchObject({ user: "romeo-t", on: true });
    await juliet.call("typing", { conversation, on: true });
    const typing = await romeo.hears(
      (each) => child(each, "composing", "http://jabber.org/protocol/chatstates") !== undefined,
    );
    expect(typing.attrs["from"]).toBe("juliet-t@localhost");
  });

  test("keeps what XMPP clients say beside the text, and hands it on to XMPP clients", async () => {
    const benvolio = await player("benvolio").enter();
    const tybalt = await player("tybalt").enter();
    const inside =
      '<replace xmlns="urn:xmpp:message-correct:0" id="earlier"/><x xmlns="urn:odd"><y/></x>';
    benvolio.says("tybalt@localhost", "mended", { id: "short-id", inside });
    const heard = await tybalt.reads("mended");
    expect(heard.attrs["id"]).toBe("short-id");
    expect(child(heard, "replace", "urn:xmpp:message-correct:0")?.attrs["id"]).toBe("earlier");
    expect(child(heard, "x", "urn:odd")).toBeDefined();
  });

  test("takes nobody's word for what is the server's to say, and no content that would break a stream", async () => {
    const iago = await stage.actor("iago");
    const cassio = await player("cassio").enter();
    const forged =
      '<sent xmlns="urn:xmpp:carbons:2"/><delay xmlns="urn:xmpp:delay"/><ok xmlns="urn:ok"/>';
    const conversation = iago.with("cassio");
    await iago.call("send", {
      ...iago.draft(conversation, "one \u0000 two"),
      content: { text: "one \u0000 two", xmpp: { id: 'a"b', xml: forged } },
    });
    const message = await cassio.reads("one \ufffd two");
    expect(message.attrs["id"]).toBe('a"b');
    expect(child(message, "ok", "urn:ok")).toBeDefined();
    expect(child(message, "sent", space.carbons)).toBeUndefined();
    expect(child(message, "delay", space.delay)).toBeUndefined();
    await iago.call("send", {
      ...iago.draft(conversation, "three"),
      content: { text: "three", xmpp: { xml: "</message></stream:stream><a>" } },
    });
    expect(elements(await cassio.reads("three")).map(({ name }) => name)).toEqual([
      "body",
      "markable",
      "stanza-id",
    ]);
  });

  test("shows places, files and objects as XMPP can", async () => {
    const sender = await stage.actor("sender");
    const reader = await player("reader").enter();
    const conversation = sender.with("reader");
    const send = (kind: "location" | "image" | "custom", content: Record<string, unknown>) =>
      sender.call("send", { ...sender.draft(conversation, ""), kind, content });
    await send("location", { lat: 48.2, lon: 16.37, label: "Vienna" });
    await reader.reads("geo:48.2,16.37 Vienna");
    await send("image", { url: "https://example.org/a.png", name: "a.png" });
    const image = await reader.reads("https://example.org/a.png");
    expect(child(image, "x", "jabber:x:oob")).toBeDefined();
    await send("custom", { temperature: 21 });
    const custom = await reader.hears(
      (each) => child(each, "json", "urn:xmpp:json:0") !== undefined,
    );
    expect(JSON.parse(textOf(child(custom, "json", "urn:xmpp:json:0")))).toEqual({
      temperature: 21,
    });
    reader.write(
      '<message to="sender@localhost" type="chat"><json xmlns="urn:xmpp:json:0">{"on":true}</json></message>',
    );
    const { message } = await sender.hears("message");
    expect(message).toMatchObject({ kind: "custom", content: { on: true } });
  });
});

describe("an acknowledgement", () => {
  test("counts a message only once it is committed, and the same message is stored once however often it is said", async () => {
    const nurse = await player("nurse").enter();
    const peter = await stage.actor("peter");
    const origin = `<origin-id xmlns="${space.sid}" id="not a uuid at all"/>`;
    for (let time = 0; time < 3; time++) nurse.says("peter@localhost", "Anon!", { inside: origin });
    expect(await nurse.settled()).toBe(4);
    const { conversation } = await peter.reads("Anon!");
    nurse.says("peter@localhost", "the end");
    await peter.reads("the end");
    expect((await peter.sees(conversation)).lastSeq).toBe(2);
  });

  test("of a refused stanza comes with an error that says why", async () => {
    const sampson = await player("sampson").enter();
    sampson.says("nobody@localhost", "is anybody there?", { id: "m1" });
    const unknown = await sampson.hears((each) => each.attrs["id"] === "m1");
    expect(unknown.attrs["type"]).toBe("error");
    expect(conditionOf(unknown)).toBe("item-not-found");
    const own = elements(elements(unknown)[0]!).find(({ ns }) => ns === space.errors);
    expect(own).toMatchObject({ name: "user_unknown", attrs: { code: "4041" } });
    sampson.says("friend@elsewhere.example", "hello", { id: "m2" });
    expect(conditionOf(await sampson.hears((each) => each.attrs["id"] === "m2"))).toBe(
      "remote-server-not-found",
    );
    const much = "x".repeat(70_000);
    sampson.says("sampson@localhost", much, { id: "m3" });
    expect(conditionOf(await sampson.hears((each) => each.attrs["id"] === "m3"))).toBe(
      "policy-violation",
    );
    expect(await sampson.settled()).toBe(4);
  });
});

describe("offline", () => {
  test("messages come with the first presence, with the time at which they were sent", async () => {
    const gregory = await player("gregory").enter();
    await gregory.leave();
    const abram = await stage.actor("abram");
    await abram.says(abram.with("gregory"), "Do you bite your thumb?");
    await abram.says(abram.with("gregory"), "at us, sir?");
    await gregory.enter({ managed: false });
    const first = await gregory.reads("Do you bite your thumb?");
    expect(child(first, "delay", space.delay)).toBeDefined();
    await gregory.reads("at us, sir?");
    await abram.hears("receipt", ({ delivered }) => delivered === 2);
    await gregory.leave();
    // They are known to have come, although this client has no stream management.
    await gregory.enter();
    await abram.says(abram.with("gregory"), "No, sir.");
    await gregory.reads("No, sir.");
  });

  test("messages to somebody who was never there come with the first presence too", async () => {
    const capulet = await stage.actor("capulet");
    await stage.http("montague", "devices", {});
    await capulet.says(capulet.with("montague"), "first");
    const montague = await player("montague").enter();
    await montague.reads("first");
  });
});

describe("stream management", () => {
  test("resumes after a cut, from another connection: nothing lost, nothing twice, in order", async () => {
    const paris = await player("paris").enter();
    const friar = await stage.actor("friar");
    const conversation = friar.with("paris");
    await friar.says(conversation, "1");
    await paris.reads("1");
    await paris.cut();
    await friar.says(conversation, "2");
    await friar.says(conversation, "3");
    const resumed = await paris.resume();
    expect(resumed.name).toBe("resumed");
    await paris.reads("2");
    await paris.reads("3");
    await friar.says(conversation, "4");
    await paris.reads("4");
    paris.says("friar@localhost", "still here");
    await friar.reads("still here");
    expect(paris.unasked.filter((each) => bodyOf(each) !== undefined)).toEqual([]);
  });

  test("says again what was written and not acknowledged, and hears again what was not handled", async () => {
    const rude = new Player(() => portOf(stage), "rude", { polite: false });
    await rude.enter();
    const kind = await stage.actor("kind");
    const conversation = kind.with("rude");
    await kind.says(conversation, "a");
    await kind.says(conversation, "b");
    await rude.reads("a");
    await rude.reads("b");
    const roster = await rude.ask("get", '<query xmlns="jabber:iq:roster"/>');
    expect(roster.attrs["type"]).toBe("result");
    const id = rude.says("kind@localhost", "c");
    await kind.reads("c");
    // It has spoken to somebody, who is in its roster from now on.
    await rude.hears(named("presence"));
    const before = rude.handled;
    await rude.cut();
    // It claims to have handled nothing: both messages come again, and so does the answer.
    const resumed = await rude.resume(0);
    expect(Number(resumed.attrs["h"])).toBeLessThanOrEqual(3);
    await rude.hears(named("iq"));
    await rude.reads("a");
    await rude.reads("b");
    // All but its own presence, which tells it nothing any more.
    expect(rude.handled).toBe(before * 2 - 1);
    rude.says("kind@localhost", "c", { id });
    rude.says("kind@localhost", "d");
    await kind.reads("d");
    expect((await kind.sees(conversation)).lastSeq).toBe(4);
  });

  test("refuses what cannot be resumed", async () => {
    const page = await player("page").enter();
    const strange = await player("stranger").enter();
    await page.leave();
    expect((await page.resume()).name).toBe("failed");
    strange.session = page.session;
    await strange.cut();
    const failed = await strange.resume();
    expect(failed.name).toBe("failed");
    expect(elements(failed)[0]?.name).toBe("item-not-found");
  });

  test("leaves no half-open stream behind that cannot be resumed", async () => {
    const abbot = await player("abbot").enter();
    const again = player("abbot");
    again.session = abbot.session;
    expect((await again.resume(99)).name).toBe("failed");
    expect(conditionOf(await abbot.hears(named("error")))).toBe("conflict");
  });

  test("closes the older connection of the same session, and of the same device", async () => {
    const balthasar = await player("balthasar", "desk").enter();
    const again = await player("balthasar", "desk").enter();
    expect(conditionOf(await balthasar.hears(named("error")))).toBe("conflict");
    const third = await player("balthasar", "desk").enter();
    expect(conditionOf(await again.hears(named("error")))).toBe("conflict");
    await third.leave();
  });
});

describe("carbons", () => {
  test("are copies of what one's other devices say, whatever they speak", async () => {
    const [mercutio] = await stage.cast("mercutio", "queen");
    const desk = await player("mercutio", "desk").enter();
    const quiet = await player("mercutio", "quiet").enter();
    await desk.ask("set", `<enable xmlns="${space.carbons}"/>`);
    await mercutio.says(mercutio.with("queen"), "from the phone");
    const copy = await desk.hears((each) => child(each, "sent", space.carbons) !== undefined);
    expect(copy.attrs["from"]).toBe("mercutio@localhost");
    const forwarded = child(child(copy, "sent", space.carbons)!, "forwarded", space.forward)!;
    const [inner] = elements(forwarded);
    expect(inner?.attrs).toMatchObject({ to: "queen@localhost", type: "chat" });
    expect(bodyOf(inner!)).toBe("from the phone");
    await quiet.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
    expect(quiet.unasked.some((each) => each.name === "message")).toBe(false);
  });
});

describe("the archive", () => {
  test("pages through a conversation and through all of them", async () => {
    const yorick = await player("yorick").enter();
    const [ham, oph] = await stage.cast("ham", "oph");
    for (let at = 1; at <= 5; at++) {
      await ham.says(ham.with("yorick"), `h${at}`);
      await oph.says(oph.with("yorick"), `o${at}`);
    }
    await yorick.hears((each) => bodyOf(each) === "o5");
    const query = async (fields: string, set: string) => {
      const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${space.mam}</value></field>${fields}</x>`;
      const fin = await yorick.ask(
        "set",
        `<query xmlns="${space.mam}" queryid="q">${form}<set xmlns="http://jabber.org/protocol/rsm">${set}</set></query>`,
      );
      const results: { id: string; body: string | undefined }[] = [];
      for (const each of yorick.unasked) {
        const result = child(each, "result", space.mam);
        const inner = result && elements(child(result, "forwarded", space.forward)!).at(-1);
        if (result !== undefined)
          results.push({ id: result.attrs["id"] ?? "", body: bodyOf(inner!) });
      }
      while (yorick.unasked.some((each) => child(each, "result", space.mam) !== undefined))
        await yorick.hears((each) => child(each, "result", space.mam) !== undefined);
      return { results, complete: elements(fin)[0]?.attrs["complete"] === "true" };
    };
    const withHam = '<field var="with"><value>ham@localhost</value></field>';
    const first = await query(withHam, "<max>2</max>");
    expect(first.results.map(({ body }) => body)).toEqual(["h1", "h2"]);
    expect(first.complete).toBe(false);
    const second = await query(withHam, `<max>9</max><after>${first.results[1]?.id}</after>`);
    expect(second.results.map(({ body }) => body)).toEqual(["h3", "h4", "h5"]);
    expect(second.complete).toBe(true);
    const last = await query(withHam, "<max>2</max><before/>");
    expect(last.results.map(({ body }) => body)).toEqual(["h4", "h5"]);
    const all = await query("", "<max>50</max>");
    expect(all.results.map(({ body }) => body)).toEqual(
      [1, 2, 3, 4, 5].flatMap((at) => [`h${at}`, `o${at}`]),
    );
    const since = await query("", `<max>50</max><after>${all.results[7]?.id}</after>`);
    expect(since.results.map(({ body }) => body)).toEqual(["h5", "o5"]);
    const later = new Date(Date.now() + 60_000).toISOString();
    const none = await query(`<field var="start"><value>${later}</value></field>${withHam}`, "");
    expect(none).toEqual({ results: [], complete: true });
  });
});

describe("presence", () => {
  test("of the people in the roster is told, and held back from who does not look", async () => {
    const ros = await player("ros").enter();
    const guil = await stage.actor("guil");
    ros.says("guil@localhost", "hello");
    await guil.reads("hello");
    await ros.leave();
    await ros.enter();
    const there = await ros.hears((each) => each.name === "presence");
    expect(there.attrs["from"]).toBe("guil@localhost/godwit");
    ros.write('<inactive xmlns="urn:xmpp:csi:0"/>');
    await guil.call("presence", { status: "away" });
    await guil.says(guil.with("ros"), "a message comes at once");
    await ros.reads("a message comes at once");
    expect(ros.unasked.some((each) => each.name === "presence")).toBe(false);
    ros.write('<active xmlns="urn:xmpp:csi:0"/>');
    const away = await ros.hears(named("presence"));
    expect(textOf(child(away, "show", space.client))).toBe("away");
  });

  test("of XMPP users is seen by others", async () => {
    const watcher = await stage.actor("watcher");
    await stage.http("watched", "devices", {});
    await watcher.call("watch", { users: ["watched"] });
    const watched = await player("watched").enter();
    expect(await watcher.hears("presence")).toMatchObject({ presence: { status: "online" } });
    watched.write("<presence><show>dnd</show></presence>");
    expect(await watcher.hears("presence")).toMatchObject({ presence: { status: "away" } });
  });
});
