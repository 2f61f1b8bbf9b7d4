import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eachWay, setStage, type Stage } from "./stage.ts";

describe.each(eachWay)("direct messages over %s", (_name, way) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ way });
  });
  afterAll(() => stage.close());

  test("alice sends, bob receives, and the acknowledgement names the place in the log", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    const ack = await alice.says(alice.with(bob), "Grüße, 你好 👋");
    const message = await bob.reads("Grüße, 你好 👋");
    expect(message).toMatchObject({
      conversation: "d:alice:bob",
      seq: 1,
      sender: "alice",
      device: "alice-1",
      kind: "text",
    });
    expect(ack).toMatchObject({
      conversation: "d:alice:bob",
      seq: 1,
      messageId: message.id,
      time: message.time,
    });
    expect((await bob.says(bob.with(alice), "hello")).seq).toBe(2);
    await alice.reads("hello");
    expect(await alice.leftovers()).toEqual([]);
  });

  test("a retry gets the first acknowledgement again, and nobody hears it twice", async () => {
    const [carol, dave] = await stage.cast("carol", "dave");
    const draft = carol.draft(carol.with(dave), "once");
    const first = await carol.call("send", draft);
    const second = await carol.call("send", draft);
    expect(second).toMatchObject({
      seq: first.seq,
      messageId: first.messageId,
      time: first.time,
      duplicate: true,
    });
    await dave.reads("once");
    expect(await dave.leftovers()).toEqual([]);
  });

  test("the same client id with another payload or sequence number is a conflict", async () => {
    const [erin, frank] = await stage.cast("erin", "frank");
    const draft = erin.draft(erin.with(frank), "first");
    await erin.call("send", draft);
    expect(await erin.refused("send", { ...draft, content: { text: "second" } })).toBe("conflict");
    expect(await erin.refused("send", { ...draft, clientSeq: draft.clientSeq + 1 })).toBe(
      "conflict",
    );
    expect((await erin.says(erin.with(frank), "next")).seq).toBe(2);
  });

  test("the sender's other device hears the message, the sending one does not", async () => {
    const [grace, heidi] = await stage.cast("grace", "heidi");
    const tablet = await stage.actor("grace", { device: "tablet" });
    await grace.says(grace.with(heidi), "from the phone");
    await tablet.reads("from the phone");
    await heidi.reads("from the phone");
    expect(await grace.leftovers()).toEqual([]);
  });

  test("a message to nobody, and into a conversation of others, is refused", async () => {
    const [ivan] = await stage.cast("ivan");
    expect(await ivan.refused("send", ivan.draft("d:ivan:nobody-here", "hi"))).toBe("user_unknown");
    expect(await ivan.refused("send", ivan.draft("d:alice:bob", "hi"))).toBe("not_member");
    expect(await ivan.refused("history", { conversation: "d:alice:bob" })).toBe("not_member");
  });

  test("a burst of sends on one connection keeps its order, the first message included", async () => {
    const [judy, ken] = await stage.cast("judy", "ken");
    const texts = Array.from({ length: 200 }, (_, index) => `number ${index}`);
    const acks = await Promise.all(texts.map((text) => judy.says(judy.with(ken), text)));
    expect(acks.map((ack) => ack.seq)).toEqual(texts.map((_, index) => index + 1));
    for (const text of texts) await ken.reads(text);
  });

  test("delivered and read receipts reach the sender and the reader's other devices", async () => {
    const [leo, mia] = await stage.cast("leo", "mia");
    const laptop = await stage.actor("mia", { device: "laptop" });
    const { seq } = await leo.says(leo.with(mia), "read me");
    await mia.reads("read me");
    expect(await mia.call("delivered", { conversation: mia.with(leo), seq })).toEqual(
      expect.objectContaining({ seq }),
    );
    expect(await leo.hears("receipt")).toMatchObject({ user: "mia", delivered: seq, read: 0 });
    expect(await mia.call("read", { conversation: mia.with(leo), seq })).toMatchObject({
      seq,
      unread: 0,
    });
    expect(await leo.hears("receipt")).toMatchObject({ user: "mia", delivered: seq, read: seq });
    await laptop.hears("receipt", (event) => event.read === seq);
    expect((await mia.call("read", { conversation: mia.with(leo), seq: 0 })).seq).toBe(seq);
    expect(await mia.leftovers()).toEqual([]);
  });

  test("notes to oneself reach one's own other devices", async () => {
    const phone = await stage.actor("nina", { device: "phone" });
    const desk = await stage.actor("nina", { device: "desk" });
    await phone.says("d:nina:nina", "buy milk");
    await desk.reads("buy milk");
  });
});
