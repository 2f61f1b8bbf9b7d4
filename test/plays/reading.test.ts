/** What members see of a conversation: unread counts, mentions, receipts, history, replies, expiry. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

describe.each(eachWay)("reading over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({ way, overrides: { clock } });
  });
  afterAll(() => stage.close());

  test("unread messages and mentions are counted: not one's own, not the system's", async () => {
    const [alice, bob, carol] = await stage.cast("alice", "bob", "carol");
    const { id } = await alice.founds([bob, carol]);
    await alice.says(id, "plain");
    await alice.says(id, "for bob", { mentions: ["bob"] });
    await alice.says(id, "for all", { mentions: ["*"] });
    await carol.says(id, "for bob and me", { mentions: ["bob", "carol"] });
    await alice.call("rename", { conversation: id, title: "Renamed" });
    expect(await bob.sees(id)).toMatchObject({ unread: 4, mentions: 3, read: 1, lastSeq: 6 });
    expect(await carol.sees(id)).toMatchObject({ unread: 3, mentions: 1 });
    expect(await alice.sees(id)).toMatchObject({ unread: 1, mentions: 0 });
    expect(await bob.call("read", { conversation: id, seq: 3 })).toMatchObject({
      seq: 3,
      unread: 2,
    });
    expect(await bob.sees(id)).toMatchObject({ unread: 2, mentions: 2, read: 3, delivered: 3 });
    expect(await bob.call("read", { conversation: id, seq: 999 })).toMatchObject({
      seq: 6,
      unread: 0,
    });
    const { message } = await bob.hears("message", (event) => event.message.seq === 4);
    expect(message.mentions).toEqual(["*"]);
    expect(await bob.refused("send", bob.draft(id, "all!", { mentions: ["*"] }))).toBe("forbidden");
  });

  test("cursors move forward only, however often and in whatever order they are sent", async () => {
    const [dan, eve] = await stage.cast("dan", "eve");
    const conversation = dan.with(eve);
    for (const text of ["1", "2", "3", "4"]) await dan.says(conversation, text);
    const moves = await Promise.all([
      eve.call("read", { conversation, seq: 2 }),
      eve.call("delivered", { conversation, seq: 4 }),
      eve.call("read", { conversation, seq: 1 }),
      eve.call("delivered", { conversation, seq: 3 }),
    ]);
    expect(moves.map(({ seq }) => seq)).toEqual([2, 4, 2, 4]);
    await dan.hears("receipt", ({ read, delivered }) => read === 2 && delivered === 4);
    expect((await eve.call("delivered", { conversation, seq: 1 })).seq).toBe(4);
    expect((await eve.call("read", { conversation, seq: 0 })).seq).toBe(2);
    expect(await dan.sees(conversation)).toMatchObject({ peerDelivered: 4, peerRead: 2 });
    expect(await dan.leftovers()).toEqual([]);
  });

  test("who has read a message comes in pages, without its sender and late joiners", async () => {
    const [fay, gus, hal, ivy] = await stage.cast("fay", "gus", "hal", "ivy");
    const { id } = await fay.founds([gus, hal, ivy]);
    const { seq } = await fay.says(id, "read me");
    await stage.cast("jon");
    await fay.call("invite", { conversation: id, users: ["jon"] });
    for (const member of [ivy, gus]) await member.call("read", { conversation: id, seq });
    await hal.call("delivered", { conversation: id, seq });
    const page = { conversation: id, seq, limit: 1 } as const;
    expect(await fay.call("receipts", { ...page, cursor: "read" })).toMatchObject({
      total: 2,
      members: [{ user: "gus", seq }],
      partial: true,
    });
    expect(await fay.call("receipts", { ...page, cursor: "read", after: "gus" })).toMatchObject({
      members: [{ user: "ivy" }],
      partial: false,
    });
    const delivered = await fay.call("receipts", { conversation: id, seq, cursor: "delivered" });
    expect(delivered.members.map(({ user }) => user)).toEqual(["gus", "hal", "ivy"]);
  });

  test("receipts are announced to the other members of a small group", async () => {
    const [kim, lea, max] = await stage.cast("kim", "lea", "max");
    const { id } = await kim.founds([lea, max]);
    const { seq } = await kim.says(id, "hello");
    await lea.call("read", { conversation: id, seq });
    for (const member of [kim, max])
      expect(await member.hears("receipt")).toMatchObject({
        conversation: id,
        user: "lea",
        read: seq,
      });
  });

  test("history comes by ranges, and says when it is partial", async () => {
    const [ned, oli] = await stage.cast("ned", "oli");
    const conversation = ned.with(oli);
    await Promise.all(Array.from({ length: 60 }, (_, index) => ned.says(conversation, `${index}`)));
    const ask = async (more: { from?: number; to?: number; limit?: number }) => {
      const { messages, partial } = await oli.call("history", { conversation, ...more });
      return [messages[0]?.seq, messages.at(-1)?.seq, partial];
    };
    expect(await ask({})).toEqual([11, 60, true]);
    expect(await ask({ limit: 200 })).toEqual([1, 60, false]);
    expect(await ask({ from: 5, to: 9 })).toEqual([5, 9, false]);
    expect(await ask({ from: 5, to: 9, limit: 2 })).toEqual([8, 9, true]);
    expect(await ask({ from: 5, limit: 2 })).toEqual([5, 6, true]);
    expect(await ask({ from: 59 })).toEqual([59, 60, false]);
    expect(await ask({ from: 61 })).toEqual([undefined, undefined, false]);
  });

  test("pages end before a frame would, and say so", async () => {
    const [pam, quin] = await stage.cast("pam", "quin");
    const conversation = pam.with(quin);
    for (let index = 0; index < 8; index++) await pam.says(conversation, "字".repeat(20_000));
    const page = await quin.call("history", { conversation });
    expect(page.partial).toBe(true);
    expect(page.messages.at(-1)?.seq).toBe(8);
    const { conversations } = await quin.call("sync", {});
    expect(conversations[0]).toMatchObject({ partial: true });
    expect(conversations[0]?.messages.length).toBeGreaterThan(0);
  });

  test("a reply names a message that is there", async () => {
    const [rae, sam] = await stage.cast("rae", "sam");
    const conversation = rae.with(sam);
    const { seq } = await rae.says(conversation, "question");
    await sam.says(conversation, "answer", { replyTo: seq });
    expect((await rae.reads("answer")).replyTo).toBe(seq);
    for (const replyTo of [0, 3, 999])
      expect(await sam.refused("send", sam.draft(conversation, "?", { replyTo }))).toBe(
        "message_unknown",
      );
  });

  test("an expired message keeps its place and nothing of what it said", async () => {
    const [tom, uma] = await stage.cast("tom", "uma");
    const conversation = tom.with(uma);
    expect(
      await tom.refused("send", tom.draft(conversation, "late", { expiresAt: clock.now() - 1 })),
    ).toBe("invalid_params");
    await tom.says(conversation, "burn after reading", { expiresAt: clock.now() + 60_000 });
    await uma.reads("burn after reading");
    clock.jump(60_001);
    const { messages } = await uma.call("history", { conversation });
    expect(messages[0]).toMatchObject({ seq: 1, kind: "system", content: { event: "expired" } });
  });

  test("an important message is told as such, and all kinds of content arrive as they were sent", async () => {
    const [vic, wes] = await stage.cast("vic", "wes");
    const conversation = vic.with(wes);
    await vic.says(conversation, "fire!", { priority: "important" });
    expect((await wes.reads("fire!")).priority).toBe("important");
    const contents = [
      ["image", { url: "https://example.org/a.png", width: 4, height: 3, name: "a.png" }],
      ["location", { lat: -33.86, lon: 151.21, label: "Sydney" }],
      ["custom", { poll: ["a", "b"], nested: { deep: [1, 2.5, null, true] } }],
    ] as const;
    for (const [kind, content] of contents) {
      await vic.call("send", { ...vic.draft(conversation, ""), kind, content });
      const { message } = await wes.hears("message");
      expect(message).toMatchObject({ kind, content });
    }
    expect(
      await vic.refused("send", {
        ...vic.draft(conversation, ""),
        kind: "image",
        content: { url: "javascript:alert(1)" },
      }),
    ).toBe("invalid_params");
  });
});
