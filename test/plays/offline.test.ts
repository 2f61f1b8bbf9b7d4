/** What devices get that were away: everything they missed without asking, or the word that they must synchronise. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Actor } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

const hourMs = 3_600_000;

describe.each(eachWay)("away over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: {
        "offline.entriesPerUserMax": 20,
        "sessions.ringEntriesMax": 32,
        "sessions.heartbeatWebMs": hourMs,
        "sessions.resumeMs": 10 * 60_000,
      },
    });
  });
  afterAll(() => stage.close());

  const synced = async (actor: Actor, conversation: string, seq = 0) => {
    const page = await actor.call("sync", { cursors: [{ conversation, seq }], messages: 50 });
    return page.conversations
      .filter(({ conversation: { id } }) => id === conversation)
      .flatMap(({ messages }) => messages.map((message) => message.content["text"]));
  };

  test("bob was away and gets everything, in order, from every conversation, without asking", async () => {
    const [alice, bob, carol] = await stage.cast("alice", "bob", "carol");
    const { id } = await alice.founds([bob, carol]);
    await alice.says(alice.with(bob), "before");
    await bob.reads("before");
    await bob.call("ping", { position: bob.position });
    await bob.leaves();
    await alice.says(alice.with(bob), "direct");
    await carol.says(id, "to the group");
    await alice.call("rename", { conversation: id, title: "new" });
    await stage.http("carol", "send", carol.draft(bob.with(carol), "over HTTP"));
    expect(await bob.connect()).toMatchObject({ resumed: false, syncRequired: false, position: 0 });
    await bob.reads("direct");
    await bob.reads("to the group");
    await bob.notices("renamed");
    await bob.reads("over HTTP");
    expect(await bob.leftovers()).toEqual([]);
    await bob.cut();
    bob.position = 0;
    expect(await bob.resume()).toMatchObject({ resumed: true, position: 0 });
    for (const text of ["direct", "to the group", "over HTTP"]) await bob.reads(text);
  });

  test("a session that nobody resumes in time goes over into the queue", async () => {
    const [dan, eve] = await stage.cast("dan", "eve");
    await dan.says(dan.with(eve), "seen, not acknowledged");
    await eve.reads("seen, not acknowledged");
    await eve.cut();
    await dan.says(dan.with(eve), "in the tunnel");
    clock.pass(11 * 60_000);
    await dan.says(dan.with(eve), "after the session");
    expect(await eve.resume()).toMatchObject({ resumed: false, syncRequired: false });
    for (const text of ["seen, not acknowledged", "in the tunnel", "after the session"])
      await eve.reads(text);
    expect(await eve.leftovers()).toEqual([]);
  });

  test("past its bound the queue gives up, and the device synchronises", async () => {
    const [fay, gus] = await stage.cast("fay", "gus");
    await gus.leaves();
    const texts = Array.from({ length: 21 }, (_, index) => `${index}`);
    for (const text of texts) await fay.says(fay.with(gus), text);
    expect(await gus.connect()).toMatchObject({ syncRequired: true });
    expect(await gus.leftovers()).toEqual([]);
    expect(await synced(gus, fay.with(gus))).toEqual(texts);
    await fay.says(fay.with(gus), "live");
    await gus.reads("live");
  });

  test("past its bound a session's own ring gives up, and the device synchronises", async () => {
    const [hal, ivy] = await stage.cast("hal", "ivy");
    await hal.says(hal.with(ivy), "0");
    await ivy.reads("0");
    await ivy.cut();
    const texts = Array.from({ length: 40 }, (_, index) => `${index}`);
    for (const text of texts.slice(1)) await hal.says(hal.with(ivy), text);
    expect(await ivy.resume()).toMatchObject({ resumed: false, syncRequired: true });
    await ivy.drains();
    expect(await synced(ivy, hal.with(ivy))).toEqual(texts);
  });

  test("after 72 hours a place in the queue is lost, the messages are not", async () => {
    const [jan, kim] = await stage.cast("jan", "kim");
    await kim.leaves();
    await jan.says(jan.with(kim), "old");
    clock.jump(73 * hourMs);
    await jan.says(jan.with(kim), "new");
    expect(await kim.connect()).toMatchObject({ syncRequired: true });
    expect(await synced(kim, jan.with(kim))).toEqual(["old", "new"]);
  });

  test("each device has its own place; what one of them heard live, the absent one must fetch", async () => {
    const [lea, phone, tablet] = [
      await stage.actor("lea"),
      await stage.actor("max", { device: "phone" }),
      await stage.actor("max", { device: "tablet" }),
    ];
    await phone.leaves();
    await tablet.leaves();
    await lea.says(lea.with("max"), "to both");
    for (const device of [phone, tablet]) {
      expect(await device.connect()).toMatchObject({ syncRequired: false });
      await device.reads("to both");
    }
    await tablet.leaves();
    await lea.says(lea.with("max"), "to the phone");
    await phone.reads("to the phone");
    expect(await tablet.connect()).toMatchObject({ syncRequired: true });
    expect(await synced(tablet, lea.with("max"), 1)).toEqual(["to the phone"]);
    const fresh = await stage.actor("max", { device: "never-seen-before" });
    expect(fresh.welcome).toMatchObject({ syncRequired: true });
  });

  test("one's own messages from another device, or over HTTP, wait for the absent one too", async () => {
    const [phone, tablet] = [
      await stage.actor("ned", { device: "phone" }),
      await stage.actor("ned", { device: "tablet" }),
    ];
    const [oli] = await stage.cast("oli");
    await phone.leaves();
    await tablet.leaves();
    await stage.http("ned", "send", oli.draft(oli.with("ned"), "from the back-end"));
    await oli.reads("from the back-end");
    expect(await phone.connect()).toMatchObject({ syncRequired: false });
    await phone.reads("from the back-end");
  });

  test("who was removed while away hears that, and nothing said after", async () => {
    const [pam, quin, rae] = await stage.cast("pam", "quin", "rae");
    const { id } = await pam.founds([quin, rae]);
    await quin.call("ping", { position: quin.position });
    await quin.leaves();
    await pam.says(id, "still with us");
    await pam.call("remove", { conversation: id, users: ["quin"] });
    await pam.says(id, "behind the back");
    await rae.reads("still with us");
    await rae.reads("behind the back");
    await quin.connect();
    const heard = (await quin.drains()).map((frame) => "message" in frame && frame.message);
    expect(heard).toMatchObject([
      { content: { text: "still with us" } },
      { content: { event: "removed" } },
    ]);
    expect((await quin.call("sync", {})).conversations).toEqual([]);
  });
});

describe.each(eachWay)("a restart over %s", (_name, way) => {
  test("in good order keeps what devices had not acknowledged, and what came after", async () => {
    const stage = await setStage({ way, settings: { "store.engine": "sqlite" } });
    const [alice, bob] = await stage.cast("alice", "bob");
    const { id } = await alice.founds([bob]);
    await alice.says(id, "acknowledged");
    await bob.reads("acknowledged");
    await bob.call("ping", { position: bob.position });
    await alice.says(id, "seen only");
    await bob.reads("seen only");
    await stage.restart();
    await alice.resume();
    await alice.says(id, "after the restart");
    expect(await bob.resume()).toMatchObject({ resumed: false, syncRequired: false });
    await bob.reads("seen only");
    await bob.reads("after the restart");
    await bob.says(id, "same as ever");
    expect((await alice.reads("same as ever")).seq).toBe(5);
    await stage.close();
  });

  test("after a crash loses nothing that was acknowledged; devices synchronise", async () => {
    const stage = await setStage({ way, settings: { "store.engine": "sqlite" } });
    const [carol, dan] = await stage.cast("carol", "dan");
    const conversation = carol.with(dan);
    await dan.leaves();
    const draft = carol.draft(conversation, "0");
    const first = await carol.call("send", draft);
    await Promise.all(Array.from({ length: 99 }, (_, at) => carol.says(conversation, `${at + 1}`)));
    await stage.crash();
    expect(await carol.resume()).toMatchObject({ resumed: false, syncRequired: true });
    expect(await carol.call("send", draft)).toEqual(
      expect.objectContaining({ seq: first.seq, messageId: first.messageId, duplicate: true }),
    );
    expect(await dan.connect()).toMatchObject({ resumed: false, syncRequired: true });
    const { messages } = await dan.call("history", { conversation, limit: 200 });
    expect(messages.map((message) => message.content["text"])).toEqual(
      Array.from({ length: 100 }, (_, at) => `${at}`),
    );
    expect(await dan.sees(conversation)).toMatchObject({ unread: 100, lastSeq: 100 });
    expect((await dan.says(conversation, "alive")).seq).toBe(101);
    await carol.reads("alive");
    await stage.close();
  });
});
