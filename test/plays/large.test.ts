import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Actor } from "./actor.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

describe.each(eachWay)("large groups over %s", (_name, way) => {
  let stage: Stage;
  beforeAll(async () => {
    // More than five members are large; half as many are small again.
    stage = await setStage({ way, settings: { "groups.largeGroupMembers": 5 } });
  });
  afterAll(() => stage.close());

  /** Users with a name of the play, the first of whom founds a group with the others. */
  async function crowd(name: string, count: number, more: { open?: boolean } = {}) {
    const users = Array.from({ length: count }, (_, index) => `${name}${index}`);
    const actors = await stage.cast(...users);
    const [owner, ...others] = actors as [Actor, ...Actor[]];
    const { id, large } = await owner.founds(others, more);
    return { id, large, owner, others };
  }

  async function allRead(actors: readonly Actor[], text: string): Promise<void> {
    await Promise.all(actors.map((actor) => actor.reads(text)));
  }

  test("everybody who is online hears a message once, but not the session that sent it", async () => {
    const { id, large, owner, others } = await crowd("ann", 7);
    expect(large).toBe(true);
    const tablet = await stage.actor("ann0", { device: "tablet" });
    await owner.says(id, "to all of you");
    await allRead([...others, tablet], "to all of you");
    await (others[0] as Actor).says(id, "and back");
    await allRead([owner, tablet, ...others.slice(1)], "and back");
    for (const actor of [owner, tablet, ...others]) expect(await actor.leftovers()).toEqual([]);
  });

  test("who joins hears what follows, and who leaves, is removed or banned hears no more", async () => {
    const { id, owner, others } = await crowd("ben", 8, { open: true });
    const [stays, leaves, removed, banned] = others as [Actor, Actor, Actor, Actor];
    const [late] = await stage.cast("ben-late");
    await late.call("join", { conversation: id });
    expect(await late.hears("conversation")).toMatchObject({
      change: "added",
      conversation: { large: true, memberCount: 9 },
    });
    await late.notices("joined");
    await leaves.call("leave", { conversation: id });
    await owner.call("remove", { conversation: id, users: [removed.user] });
    await owner.call("remove", { conversation: id, users: [banned.user], ban: true });
    for (const [gone, event] of [
      [leaves, "left"],
      [removed, "removed"],
      [banned, "banned"],
    ] as const) {
      await gone.notices(event);
      expect((await gone.hears("conversation")).change).toBe("removed");
      await gone.drains();
    }
    await owner.says(id, "who is left?");
    await allRead([stays, late], "who is left?");
    for (const gone of [leaves, removed, banned]) {
      expect(await gone.leftovers()).toEqual([]);
      expect(await gone.refused("history", { conversation: id })).toBe(
        gone === banned ? "banned" : "not_member",
      );
    }
  });

  test("a small group grows large while its members are online, and one of them in a tunnel", async () => {
    const { id, large, owner, others } = await crowd("cid", 5);
    expect(large).toBeUndefined();
    const [there, tunnelled] = others as [Actor, Actor];
    await tunnelled.cut();
    const [late] = await stage.cast("cid-late");
    await owner.call("invite", { conversation: id, users: ["cid-late"] });
    await owner.says(id, "large now");
    await allRead([there, late], "large now");
    await late.says(id, "hello");
    await allRead([owner, there], "hello");
    expect((await owner.sees(id)).large).toBe(true);
    expect(await tunnelled.resume()).toMatchObject({ resumed: true, syncRequired: false });
    await tunnelled.notices("invited");
    await tunnelled.reads("large now");
    await tunnelled.reads("hello");
    await owner.says(id, "all here");
    await tunnelled.reads("all here");
  });

  test("receipts are counted on request and told to one's own devices only", async () => {
    const { id, owner, others } = await crowd("deb", 7);
    const [reader, other] = others as [Actor, Actor];
    const tablet = await stage.actor(reader.user, { device: "tablet" });
    const { seq } = await owner.says(id, "seen?");
    await allRead([...others, tablet], "seen?");
    await reader.call("read", { conversation: id, seq });
    await tablet.hears("receipt", ({ read, user }) => read === seq && user === reader.user);
    for (const member of [owner, other]) expect(await member.leftovers()).toEqual([]);
    expect(await owner.call("receipts", { conversation: id, seq, cursor: "read" })).toMatchObject({
      total: 1,
      members: [{ user: reader.user, seq }],
      partial: false,
    });
    expect(await other.sees(id)).toMatchObject({ unread: 1 });
    expect(await reader.sees(id)).toMatchObject({ unread: 0 });
  });

  test("a session resumes and hears what it missed, in order", async () => {
    const { id, owner, others } = await crowd("edd", 7);
    const [away] = others as [Actor];
    await away.cut();
    for (let index = 0; index < 30; index++) await owner.says(id, `missed ${index}`);
    expect(await away.resume()).toMatchObject({ resumed: true, syncRequired: false });
    for (let index = 0; index < 30; index++) await away.reads(`missed ${index}`);
    expect(await away.leftovers()).toEqual([]);
  });

  test("a device that was away synchronises, and then hears what follows", async () => {
    const { id, owner, others } = await crowd("fin", 7);
    const [away] = others as [Actor];
    await away.leaves();
    await owner.says(id, "while away");
    expect(await away.connect()).toMatchObject({ resumed: false, syncRequired: true });
    const { conversations } = await away.call("sync", {
      cursors: [{ conversation: id, seq: 1 }],
    });
    expect(conversations).toMatchObject([
      { conversation: { id, unread: 1, large: true }, messages: [{ seq: 2 }], partial: false },
    ]);
    await owner.says(id, "welcome back");
    await away.reads("welcome back");
  });

  test("a member who connects while the group is between small and large hears it", async () => {
    const { id, owner, others } = await crowd("gus", 6);
    const [stays, late, leaves] = others as [Actor, Actor, Actor];
    await late.leaves();
    await leaves.call("leave", { conversation: id });
    await late.connect();
    await owner.says(id, "five of us");
    await allRead([stays, late], "five of us");
  });

  test("a group that was large, then small, then large again tells nobody who left in between", async () => {
    const { id, owner, others } = await crowd("hal", 6);
    const [stays, leaves, ...rest] = others as [Actor, Actor, ...Actor[]];
    await owner.call("remove", { conversation: id, users: rest.map(({ user }) => user) });
    // Three members: not small yet.
    await owner.says(id, "three");
    await allRead([stays, leaves], "three");
    await owner.call("remove", { conversation: id, users: [leaves.user] });
    await leaves.notices("removed");
    await leaves.hears("conversation", ({ change }) => change === "removed");
    await leaves.drains();
    const { large } = await owner.sees(id);
    expect(large).toBeUndefined();
    await owner.says(id, "two");
    await stays.reads("two");
    // Small now: another joins and goes.
    const [guest] = rest as [Actor];
    await owner.call("invite", { conversation: id, users: [guest.user] });
    await owner.call("remove", { conversation: id, users: [guest.user] });
    const crowdAgain = await stage.cast("hal-a", "hal-b", "hal-c", "hal-d");
    await owner.call("invite", { conversation: id, users: crowdAgain.map(({ user }) => user) });
    expect((await owner.sees(id)).large).toBe(true);
    for (const gone of [leaves, guest]) await gone.drains();
    await owner.says(id, "six");
    await allRead([stays, ...crowdAgain], "six");
    for (const gone of [leaves, guest]) expect(await gone.leftovers()).toEqual([]);
  });

  test("a member removed while the group was small stays unheard when it is large again", async () => {
    const { id, owner, others } = await crowd("ida", 6);
    const [gone, ...rest] = others as [Actor, ...Actor[]];
    // Down to two, of whom one still holds a subscription from the large times.
    await owner.call("remove", { conversation: id, users: rest.map(({ user }) => user) });
    expect((await owner.sees(id)).large).toBeUndefined();
    await owner.says(id, "two");
    await gone.reads("two");
    await owner.call("remove", { conversation: id, users: [gone.user] });
    await gone.hears("conversation", ({ change }) => change === "removed");
    await owner.call("invite", { conversation: id, users: rest.map(({ user }) => user) });
    const [last] = await stage.cast("ida-last");
    await owner.call("invite", { conversation: id, users: ["ida-last"] });
    expect((await owner.sees(id)).large).toBe(true);
    await gone.drains();
    await owner.says(id, "not for everybody");
    await allRead([last, ...rest], "not for everybody");
    expect(await gone.leftovers()).toEqual([]);
  });

  test("a device that was away while its group was large synchronises, though it is small now", async () => {
    const { id, owner, others } = await crowd("jon", 6);
    const [away, ...rest] = others as [Actor, ...Actor[]];
    await away.leaves();
    await owner.says(id, "in large times");
    await owner.call("remove", { conversation: id, users: rest.map(({ user }) => user) });
    expect((await owner.sees(id)).large).toBeUndefined();
    await owner.says(id, "in small times");
    expect(await away.connect()).toMatchObject({ resumed: false, syncRequired: true });
    const { conversations } = await away.call("sync", { cursors: [{ conversation: id, seq: 1 }] });
    expect(conversations[0]).toMatchObject({ conversation: { unread: 2 }, partial: false });
  });
});
