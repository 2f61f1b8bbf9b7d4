import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Params } from "@godwit/protocol";
import { CommandFailed } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

describe.each(eachWay)("groups over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: { "groups.groupMembersMax": 8 },
    });
  });
  afterAll(() => stage.close());

  test("alice founds a group: everybody hears of it before its first message", async () => {
    const [alice, bob, carol] = await stage.cast("alice", "bob", "carol");
    const { conversation } = await alice.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "午餐 🍜",
      members: ["bob", "carol", "bob", "alice"],
    });
    expect(conversation).toMatchObject({
      kind: "group",
      title: "午餐 🍜",
      role: "owner",
      memberCount: 3,
      lastSeq: 1,
      unread: 0,
    });
    for (const [member, role] of [
      [alice, "owner"],
      [bob, "member"],
      [carol, "member"],
    ] as const) {
      const [added, created, ...rest] = await member.drains();
      expect(added).toMatchObject({
        type: "conversation",
        change: "added",
        conversation: { id: conversation.id, title: "午餐 🍜", role, memberCount: 3, unread: 0 },
      });
      expect(created).toMatchObject({
        type: "message",
        message: {
          conversation: conversation.id,
          seq: 1,
          sender: "alice",
          kind: "system",
          content: { event: "created", title: "午餐 🍜", users: ["alice", "bob", "carol"] },
        },
      });
      expect(rest).toEqual([]);
    }
    await bob.says(conversation.id, "饿了");
    await alice.reads("饿了");
    await carol.reads("饿了");
  });

  test("a retry founds nothing new, and another group with the same id is a conflict", async () => {
    const [dan, eve] = await stage.cast("dan", "eve");
    const params: Params<"create"> = {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "one",
      members: ["eve"],
    };
    const first = await dan.call("create", params);
    const second = await dan.call("create", params);
    expect(second.conversation.id).toBe(first.conversation.id);
    await eve.hears("conversation");
    await eve.notices("created");
    expect(await dan.refused("create", { ...params, title: "two" })).toBe("conflict");
    expect(await eve.leftovers()).toEqual([]);
  });

  test("nobody founds a group with users who do not exist, or with too many", async () => {
    const [dan] = await stage.cast("dan");
    const create = (members: string[]) =>
      dan.refused("create", { clientId: crypto.randomUUID(), kind: "group", title: "x", members });
    expect(await create(["eve", "no-such-user"])).toBe("user_unknown");
    await stage.cast("u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8");
    expect(await create(["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"])).toBe("group_full");
  });

  test("a member invites: the newcomer hears of it, has nothing unread, and reads what was before", async () => {
    const [fay, gus, hal] = await stage.cast("fay", "gus", "hal");
    const { id } = await fay.founds([gus]);
    await fay.says(id, "before");
    await gus.reads("before");
    expect(
      (await gus.call("invite", { conversation: id, users: ["hal", "fay", "gus"] })).added,
    ).toEqual(["hal"]);
    const [added, invited] = await hal.drains();
    expect(added).toMatchObject({
      change: "added",
      conversation: { id, memberCount: 3, unread: 0, role: "member" },
    });
    expect(invited).toMatchObject({
      message: { seq: 3, sender: "gus", content: { event: "invited", users: ["hal"] } },
    });
    for (const member of [fay, gus]) await member.notices("invited");
    expect(await hal.sees(id)).toMatchObject({ unread: 0, lastSeq: 3, read: 3 });
    const { messages } = await hal.call("history", { conversation: id });
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await fay.refused("invite", { conversation: id, users: ["no-such-user"] })).toBe(
      "user_unknown",
    );
  });

  test("a closed group cannot be joined, an open one can, and once is enough", async () => {
    const [ian, joy] = await stage.cast("ian", "joy");
    const closed = await ian.founds([]);
    expect(await joy.refused("join", { conversation: closed.id })).toBe("not_member");
    const open = await ian.founds([], { open: true });
    const { conversation } = await joy.call("join", { conversation: open.id });
    expect(conversation).toMatchObject({ id: open.id, role: "member", open: true, memberCount: 2 });
    expect((await joy.hears("conversation")).change).toBe("added");
    await joy.notices("joined");
    expect((await ian.notices("joined")).content).toEqual({ event: "joined", users: ["joy"] });
    await joy.call("join", { conversation: open.id });
    expect(await ian.leftovers()).toEqual([]);
    expect(await joy.leftovers()).toEqual([]);
    expect(await joy.refused("join", { conversation: "g:0:aaaaaaaaaaaaaaaaaaaa" })).toBe(
      "conversation_unknown",
    );
  });

  test("who leaves hears of it once and nothing after", async () => {
    const [kim, lea, max] = await stage.cast("kim", "lea", "max");
    const { id } = await kim.founds([lea, max]);
    await lea.call("leave", { conversation: id });
    await lea.notices("left");
    expect((await lea.hears("conversation")).change).toBe("removed");
    for (const member of [kim, max]) await member.notices("left");
    await kim.says(id, "gone?");
    await max.reads("gone?");
    expect(await lea.leftovers()).toEqual([]);
    await lea.call("leave", { conversation: id });
    expect(await kim.leftovers()).toEqual([]);
    expect(await lea.refused("send", lea.draft(id, "still here"))).toBe("not_member");
    expect(await lea.refused("history", { conversation: id })).toBe("not_member");
  });

  test("an owner who leaves hands over, and the last one dissolves the group", async () => {
    const [ned, oli, pam] = await stage.cast("ned", "oli", "pam");
    const { id } = await ned.founds([oli, pam]);
    await ned.call("role", { conversation: id, user: "pam", role: "admin" });
    await ned.call("leave", { conversation: id });
    const handed = await oli.hears("message", ({ message }) => message.content["role"] === "owner");
    expect(handed.message.content["users"]).toEqual(["pam"]);
    expect((await pam.sees(id)).role).toBe("owner");
    await oli.call("leave", { conversation: id });
    await pam.drains();
    await pam.call("leave", { conversation: id });
    expect((await pam.drains()).map(({ type }) => type)).toEqual([
      "message",
      "message",
      "conversation",
    ]);
    expect(await ned.refused("invite", { conversation: id, users: ["oli"] })).toBe("not_member");
  });

  test("an admin removes and bans; a banned user is kept out until an admin invites", async () => {
    const [quin, rae, sam, tom] = await stage.cast("quin", "rae", "sam", "tom");
    const { id } = await quin.founds([rae, sam, tom], { open: true });
    await quin.call("role", { conversation: id, user: "rae", role: "admin" });
    expect(await tom.refused("remove", { conversation: id, users: ["sam"] })).toBe("forbidden");
    expect(await rae.refused("remove", { conversation: id, users: ["quin"] })).toBe("forbidden");
    expect((await rae.call("remove", { conversation: id, users: ["sam"] })).removed).toEqual([
      "sam",
    ]);
    await sam.notices("removed");
    expect((await sam.hears("conversation")).change).toBe("removed");
    await sam.call("join", { conversation: id });
    const banned = await rae.call("remove", { conversation: id, users: ["sam"], ban: true });
    expect(banned.removed).toEqual(["sam"]);
    await sam.notices("banned");
    expect(await sam.refused("join", { conversation: id })).toBe("banned");
    expect(await sam.refused("send", sam.draft(id, "let me in"))).toBe("banned");
    expect(await sam.refused("history", { conversation: id })).toBe("banned");
    expect(await tom.refused("invite", { conversation: id, users: ["sam"] })).toBe("forbidden");
    expect((await rae.call("invite", { conversation: id, users: ["sam"] })).added).toEqual(["sam"]);
    await sam.says(id, "back again");
    await tom.reads("back again");
  });

  test("a stranger who is banned hears nothing of it, and stays a stranger to the group", async () => {
    const [abby, bert, cora] = await stage.cast("abby", "bert", "cora");
    const { id } = await abby.founds([bert], { open: true });
    const ban = { conversation: id, users: ["cora"], ban: true };
    expect((await abby.call("remove", ban)).removed).toEqual([]);
    expect((await bert.notices("banned")).content).toEqual({ event: "banned", users: ["cora"] });
    expect((await bert.sees(id)).memberCount).toBe(2);
    expect(await cora.leftovers()).toEqual([]);
    expect(await cora.refused("join", { conversation: id })).toBe("banned");
    await abby.call("remove", ban);
    await abby.notices("banned");
    expect(await abby.leftovers()).toEqual([]);
  });

  test("only the owner gives roles, and ownership is handed over to one", async () => {
    const [uma, vic, wes] = await stage.cast("uma", "vic", "wes");
    const { id } = await uma.founds([vic, wes]);
    await uma.call("role", { conversation: id, user: "vic", role: "admin" });
    expect((await wes.notices("role")).content).toEqual({
      event: "role",
      users: ["vic"],
      role: "admin",
    });
    expect(await vic.refused("role", { conversation: id, user: "wes", role: "admin" })).toBe(
      "forbidden",
    );
    expect(await uma.refused("role", { conversation: id, user: "quin", role: "admin" })).toBe(
      "not_member",
    );
    await uma.call("role", { conversation: id, user: "wes", role: "owner" });
    const { members } = await vic.call("members", { conversation: id });
    expect(members.map(({ user, role }) => [user, role])).toEqual([
      ["uma", "admin"],
      ["vic", "admin"],
      ["wes", "owner"],
    ]);
    expect(await uma.refused("dissolve", { conversation: id })).toBe("forbidden");
  });

  test("an admin renames, everybody hears of it, and the same name again is no news", async () => {
    const [xia, yan] = await stage.cast("xia", "yan");
    const { id } = await xia.founds([yan]);
    await xia.call("rename", { conversation: id, title: "Dinner" });
    expect((await yan.notices("renamed")).content).toEqual({ event: "renamed", title: "Dinner" });
    await xia.notices("renamed");
    await xia.call("rename", { conversation: id, title: "Dinner" });
    expect(await yan.leftovers()).toEqual([]);
    expect((await yan.sees(id)).title).toBe("Dinner");
    expect(await yan.refused("rename", { conversation: id, title: "Mine" })).toBe("forbidden");
  });

  test("one member is muted until a time, and the mute ends by itself", async () => {
    const [abe, bea] = await stage.cast("abe", "bea");
    const { id } = await abe.founds([bea]);
    const until = clock.now() + 60_000;
    await abe.call("mute", { conversation: id, user: "bea", until });
    expect((await bea.notices("muted")).content).toEqual({ event: "muted", users: ["bea"], until });
    expect(await bea.error("send", bea.draft(id, "hm"))).toMatchObject({
      name: "muted",
      retryable: true,
    });
    expect(await bea.refused("typing", { conversation: id, on: true })).toBe("muted");
    expect((await bea.sees(id)).mutedUntil).toBe(until);
    clock.jump(60_001);
    await bea.says(id, "at last");
    await abe.reads("at last");
    await abe.call("mute", { conversation: id, user: "bea", until: clock.now() + 60_000 });
    await abe.call("mute", { conversation: id, user: "bea", until: 0 });
    await bea.says(id, "so soon");
  });

  test("a whole group is muted: owner and admins speak, the others do not", async () => {
    const [cal, dot] = await stage.cast("cal", "dot");
    const { id } = await cal.founds([dot]);
    await cal.call("mute", { conversation: id, until: clock.now() + 60_000 });
    expect((await dot.notices("muted")).content).toEqual({ event: "muted" });
    expect(await dot.refused("send", dot.draft(id, "me"))).toBe("muted");
    expect((await dot.sees(id)).mutedAll).toBe(true);
    await cal.says(id, "silence, please");
    await dot.reads("silence, please");
    await cal.call("mute", { conversation: id, until: 0 });
    await dot.says(id, "thanks");
  });

  test("members come in pages", async () => {
    const [eli, flo, gil] = await stage.cast("eli", "flo", "gil");
    const { id } = await eli.founds([flo, gil]);
    const first = await gil.call("members", { conversation: id, limit: 2 });
    expect(first).toMatchObject({ partial: true, members: [{ user: "eli" }, { user: "flo" }] });
    const next = await gil.call("members", { conversation: id, after: "flo", limit: 2 });
    expect(next).toMatchObject({ partial: false, members: [{ user: "gil", role: "member" }] });
  });

  test("a dissolved group can be read, and nothing else", async () => {
    const [hue, ivy] = await stage.cast("hue", "ivy");
    const { id } = await hue.founds([ivy]);
    await ivy.says(id, "the last word");
    await hue.call("dissolve", { conversation: id });
    await ivy.notices("dissolved");
    expect(await ivy.refused("send", ivy.draft(id, "really?"))).toBe("conversation_dissolved");
    expect(await hue.refused("rename", { conversation: id, title: "Afterlife" })).toBe(
      "conversation_dissolved",
    );
    expect((await ivy.call("history", { conversation: id })).messages).toHaveLength(3);
    expect((await ivy.sees(id)).dissolved).toBe(true);
    await hue.call("dissolve", { conversation: id });
    expect(await ivy.leftovers()).toEqual([]);
  });

  test("in a channel only owner and admins post, and everybody reads", async () => {
    const [jan, kai, lou] = await stage.cast("jan", "kai", "lou");
    const { id } = await jan.founds([kai], { kind: "channel", title: "News", open: true });
    expect(id).toStartWith("c:");
    await lou.call("join", { conversation: id });
    await jan.says(id, "extra, extra");
    await kai.reads("extra, extra");
    await lou.reads("extra, extra");
    expect(await kai.refused("send", kai.draft(id, "me too"))).toBe("forbidden");
    expect(await kai.refused("invite", { conversation: id, users: ["lou"] })).toBe("forbidden");
    await jan.call("role", { conversation: id, user: "kai", role: "admin" });
    await kai.says(id, "now me");
    await lou.reads("now me");
  });

  test("a hundred changes and messages at once leave one order that everybody sees", async () => {
    const [mia, nat, ola] = await stage.cast("mia", "nat", "ola");
    const { id } = await mia.founds([nat], { open: true });
    await mia.call("role", { conversation: id, user: "nat", role: "admin" });
    await Promise.all([mia.drains(), nat.drains()]);
    const jobs: Promise<unknown>[] = [];
    for (let round = 0; round < 10; round++) {
      jobs.push(mia.says(id, `mia ${round}`), nat.says(id, `nat ${round}`));
      jobs.push(
        nat.call(round % 2 === 0 ? "invite" : "remove", { conversation: id, users: ["ola"] }),
      );
      jobs.push(mia.call("rename", { conversation: id, title: `title ${round}` }));
      jobs.push(ola.call("leave", { conversation: id }));
    }
    const failed = (await Promise.allSettled(jobs)).filter(({ status }) => status === "rejected");
    for (const job of failed)
      expect((job as { reason: unknown }).reason).toBeInstanceOf(CommandFailed);
    const { lastSeq } = await mia.sees(id);
    const { messages } = await mia.call("history", { conversation: id, limit: 200 });
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
    expect(messages).toHaveLength(lastSeq);
    const heard = (await nat.drains()).flatMap((frame) =>
      frame.type === "message"
        ? [(frame as never as { message: { seq: number } }).message.seq]
        : [],
    );
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    const own = messages.filter(({ sender, kind }) => sender === "nat" && kind === "text").length;
    expect(heard.length + own + 2).toBe(lastSeq);
  });
});
