import { expect, test } from "bun:test";
import type { Role } from "@godwit/protocol";
import type { Plan } from "./changes.ts";
import { createdId } from "./entry.ts";
import { as, uuid, World } from "./test-world.ts";

const outcome = (plan: Plan) =>
  plan.ok ? plan.messages.map(({ content }) => JSON.parse(content) as unknown) : plan.error;
/** Carries a change out and answers the contents of its messages, or the error. */
const after = async <P extends Plan>(world: World, id: string, plan: () => Promise<P>) =>
  outcome((await world.run(id, plan)).plan);
const rolesOf = async (world: World, id: string): Promise<Record<string, Role | "banned">> => {
  const { members } = await world.truth(id);
  return Object.fromEntries([...members].map(([user, { role }]) => [user, role]));
};

test("a group's id follows from who created it with which client id", () => {
  const id = createdId("group", "alice", "5c2f2f39-6a0e-4b0c-9c5e-0d9c7c1f7a11");
  expect(id).toMatch(/^g:0:[a-z2-7]{20}$/);
  expect(createdId("group", "alice", "5c2f2f39-6a0e-4b0c-9c5e-0d9c7c1f7a11")).toBe(id);
  expect(createdId("group", "bob", "5c2f2f39-6a0e-4b0c-9c5e-0d9c7c1f7a11")).not.toBe(id);
  expect(createdId("channel", "alice", "5c2f2f39-6a0e-4b0c-9c5e-0d9c7c1f7a11")).toMatch(/^c:0:/);
});

test("base32 is that of RFC 4648", () => {
  // By coreutils: printf 'a b' | openssl sha256 -binary | base32
  expect(createdId("group", "a", "b")).toBe("g:0:zbuhucfklvxnebcdfd5g");
});

test("create makes a group with its owner and members, once", async () => {
  const world = await World.open();
  const params = {
    clientId: uuid(),
    kind: "group" as const,
    title: "Friends",
    members: ["bob", "carol", "bob", "alice"],
  };
  const create = () => world.changes.create(as("alice"), params);
  const first = await create();
  expect(outcome(first)).toEqual([
    { event: "created", title: "Friends", users: ["alice", "bob", "carol"] },
  ]);
  if (!first.ok || first.messages[0] === undefined) throw new Error("no plan");
  const { result, announced } = await world.commit(first.messages[0]);
  expect(announced?.added).toEqual(["alice", "bob", "carol"]);
  expect(await rolesOf(world, first.id)).toEqual({
    alice: "owner",
    bob: "member",
    carol: "member",
  });

  const again = await create();
  if (!again.ok || again.messages[0] === undefined) throw new Error("no plan");
  expect(await world.commit(again.messages[0])).toEqual({
    result: { ...result, status: "duplicate" } as never,
    announced: undefined,
  });

  const other = await world.changes.create(as("alice"), { ...params, title: "Foes" });
  if (!other.ok || other.messages[0] === undefined) throw new Error("no plan");
  expect((await world.commit(other.messages[0])).result.status).toBe("conflict");
});

test("create refuses unknown users and too many", async () => {
  const world = await World.open({ groupMembersMax: 2 });
  const create = (members: string[]) =>
    world.changes.create(as("alice"), { clientId: uuid(), kind: "group", title: "x", members });
  expect(outcome(await create(["ghost"]))).toBe("user_unknown");
  expect(outcome(await create(["bob", "carol"]))).toBe("group_full");
});

test("invite adds who is not in yet; a repeated one changes nothing", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const invite = (actor: string, users: string[]) =>
    world.run(id, () => world.changes.invite(as(actor), { conversation: id, users }));
  const first = await invite("bob", ["bob", "carol", "dave", "carol"]);
  expect(outcome(first.plan)).toEqual([{ event: "invited", users: ["carol", "dave"] }]);
  expect(first.moved).toMatchObject([{ added: ["carol", "dave"], removed: [] }]);
  expect(first.plan).toMatchObject({ added: ["carol", "dave"] });
  expect((await invite("bob", ["carol"])).plan).toMatchObject({
    ok: true,
    messages: [],
    added: [],
  });
  expect(outcome((await invite("bob", ["ghost"])).plan)).toBe("user_unknown");
  expect(outcome((await invite("mallory", ["eve"])).plan)).toBe("not_member");
});

test("a ban keeps out until an admin invites", async () => {
  const world = await World.open();
  const id = await world.group(["bob", "carol"], { open: true });
  const { changes } = world;
  expect(
    await after(world, id, () =>
      changes.remove(as("alice"), { conversation: id, users: ["carol", "eve"], ban: true }),
    ),
  ).toEqual([{ event: "banned", users: ["carol", "eve"] }]);
  expect(await after(world, id, () => changes.join(as("carol"), { conversation: id }))).toBe(
    "banned",
  );
  expect(await after(world, id, () => changes.join(as("eve"), { conversation: id }))).toBe(
    "banned",
  );
  expect(
    await after(world, id, () => changes.invite(as("bob"), { conversation: id, users: ["carol"] })),
  ).toBe("forbidden");
  expect(
    await after(world, id, () =>
      changes.remove(as("alice"), { conversation: id, users: ["carol"] }),
    ),
  ).toEqual([]);
  expect(
    await after(world, id, () =>
      changes.invite(as("alice"), { conversation: id, users: ["carol"] }),
    ),
  ).toEqual([{ event: "invited", users: ["carol"] }]);
  expect(await rolesOf(world, id)).toEqual({ alice: "owner", bob: "member", carol: "member" });
});

test("a ban announces only those who were in", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const { plan, moved } = await world.run(id, () =>
    world.changes.remove(as("alice"), { conversation: id, users: ["bob", "eve"], ban: true }),
  );
  expect(plan).toMatchObject({ ok: true, removed: ["bob"] });
  expect(moved).toMatchObject([{ added: [], removed: ["bob"] }]);
});

test("anyone joins an open group; nobody a closed one, and nobody a full one", async () => {
  const world = await World.open({ groupMembersMax: 2 });
  const open = await world.group([], { open: true });
  const closed = await world.group();
  const join = (id: string, user: string) =>
    after(world, id, () => world.changes.join(as(user), { conversation: id }));
  expect(await join(closed, "bob")).toBe("not_member");
  expect(await join(open, "bob")).toEqual([{ event: "joined", users: ["bob"] }]);
  expect(await join(open, "bob")).toEqual([]);
  expect(await join(open, "carol")).toBe("group_full");
  expect(await join("g:0:nothingthere", "bob")).toBe("conversation_unknown");
});

test("leaving twice is leaving once", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const leave = () => world.run(id, () => world.changes.leave(as("bob"), { conversation: id }));
  expect((await leave()).moved).toMatchObject([{ removed: ["bob"] }]);
  expect((await leave()).plan).toMatchObject({ ok: true, messages: [] });
});

test("an owner who leaves hands over to the first admin, else the first member", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const leave = (user: string) =>
    after(world, id, () => world.changes.leave(as(user), { conversation: id }));
  world.time.ms += 1_000;
  await world.run(id, () =>
    world.changes.invite(as("alice"), { conversation: id, users: ["carol", "dave"] }),
  );
  await world.run(id, () =>
    world.changes.role(as("alice"), { conversation: id, user: "dave", role: "admin" }),
  );
  expect(await leave("alice")).toEqual([
    { event: "role", users: ["dave"], role: "owner" },
    { event: "left", users: ["alice"] },
  ]);
  expect(await rolesOf(world, id)).toEqual({ bob: "member", carol: "member", dave: "owner" });
  await leave("dave");
  expect(await rolesOf(world, id)).toEqual({ bob: "owner", carol: "member" });
  await leave("carol");
  expect(await leave("bob")).toEqual([{ event: "dissolved" }, { event: "left", users: ["bob"] }]);
  expect((await world.truth(id)).row).toMatchObject({ dissolved: true, memberCount: 0 });
});

test("owners of channels without admins and of large groups name a successor first", async () => {
  const world = await World.open({ largeGroupMembers: 2 });
  const channel = await world.group(["bob"], { kind: "channel" });
  const large = await world.group(["bob", "carol"]);
  for (const id of [channel, large]) {
    expect(
      await after(world, id, () => world.changes.leave(as("alice"), { conversation: id })),
    ).toBe("forbidden");
    await world.run(id, () =>
      world.changes.role(as("alice"), { conversation: id, user: "bob", role: "owner" }),
    );
    expect(
      await after(world, id, () => world.changes.leave(as("alice"), { conversation: id })),
    ).toEqual([{ event: "left", users: ["alice"] }]);
  }
});

test("members can leave a dissolved group, and nothing else happens there", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const dissolve = () =>
    after(world, id, () => world.changes.dissolve(as("alice"), { conversation: id }));
  expect(await dissolve()).toEqual([{ event: "dissolved" }]);
  expect(await dissolve()).toEqual([]);
  expect(
    await after(world, id, () =>
      world.changes.rename(as("alice"), { conversation: id, title: "x" }),
    ),
  ).toBe("conversation_dissolved");
  expect(
    await after(world, id, () => world.changes.leave(as("alice"), { conversation: id })),
  ).toEqual([{ event: "left", users: ["alice"] }]);
});

test("ranks: admins remove and mute members, owners admins too, nobody themselves", async () => {
  const world = await World.open();
  const id = await world.group(["bob", "carol", "dave"]);
  const { changes, time } = world;
  for (const user of ["bob", "carol"])
    await world.run(id, () => changes.role(as("alice"), { conversation: id, user, role: "admin" }));
  const remove = (actor: string, ...users: string[]) =>
    after(world, id, () => changes.remove(as(actor), { conversation: id, users }));
  const mute = (actor: string, user: string) =>
    after(world, id, () =>
      changes.mute(as(actor), { conversation: id, user, until: time.ms + 60_000 }),
    );
  expect([
    await remove("bob", "carol"),
    await remove("bob", "alice"),
    await remove("dave", "bob"),
  ]).toEqual(["forbidden", "forbidden", "forbidden"]);
  expect([
    await mute("bob", "carol"),
    await mute("bob", "alice"),
    await mute("alice", "alice"),
  ]).toEqual(["forbidden", "forbidden", "forbidden"]);
  expect(await remove("bob", "dave", "carol")).toBe("forbidden");
  expect(await remove("bob", "bob")).toBe("forbidden");
  expect(await mute("bob", "dave")).toEqual([
    { event: "muted", users: ["dave"], until: time.ms + 60_000 },
  ]);
  expect(await mute("alice", "bob")).toEqual([
    { event: "muted", users: ["bob"], until: time.ms + 60_000 },
  ]);
  expect(await remove("alice", "bob", "eve")).toEqual([{ event: "removed", users: ["bob"] }]);
  expect(await mute("alice", "bob")).toBe("not_member");
});

test("only the owner names roles, and hands over by naming an owner", async () => {
  const world = await World.open();
  const id = await world.group(["bob", "carol"]);
  const role = (actor: string, user: string, role: Role) =>
    after(world, id, () => world.changes.role(as(actor), { conversation: id, user, role }));
  expect(await role("alice", "bob", "admin")).toEqual([
    { event: "role", users: ["bob"], role: "admin" },
  ]);
  expect(await role("alice", "bob", "admin")).toEqual([]);
  expect(await role("bob", "carol", "admin")).toBe("forbidden");
  expect(await role("alice", "alice", "member")).toBe("forbidden");
  expect(await role("alice", "eve", "admin")).toBe("not_member");
  expect(await role("alice", "carol", "owner")).toEqual([
    { event: "role", users: ["carol"], role: "owner" },
  ]);
  expect(await rolesOf(world, id)).toEqual({ alice: "admin", bob: "admin", carol: "owner" });
  const held = world.conversations.peek(id)!;
  expect(
    ["alice", "bob", "carol"].map((user) => world.conversations.standing(held, user)?.role),
  ).toEqual(["admin", "admin", "owner"]);
});

test("a mute ends by its time, by hand, and by a time that has passed", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const mute = (until: number, user?: string) =>
    after(world, id, () =>
      world.changes.mute(as("alice"), {
        conversation: id,
        until,
        ...(user === undefined ? {} : { user }),
      }),
    );
  const until = world.time.ms + 1_000;
  expect(await mute(until, "bob")).toEqual([{ event: "muted", users: ["bob"], until }]);
  expect(await mute(until, "bob")).toEqual([]);
  expect(await mute(world.time.ms - 1, "bob")).toEqual([{ event: "unmuted", users: ["bob"] }]);
  expect(await mute(0, "bob")).toEqual([]);
  expect(await mute(until)).toEqual([{ event: "muted" }]);
  expect(world.conversations.peek(id)?.mutedAll).toBe(true);
  expect(await mute(until)).toEqual([]);
  expect(await mute(0)).toEqual([{ event: "unmuted" }]);
});

test("rename changes the title, once", async () => {
  const world = await World.open();
  const id = await world.group(["bob"]);
  const rename = (actor: string) =>
    after(world, id, () => world.changes.rename(as(actor), { conversation: id, title: "Foes" }));
  expect(await rename("bob")).toBe("forbidden");
  expect(await rename("alice")).toEqual([{ event: "renamed", title: "Foes" }]);
  expect(await rename("alice")).toEqual([]);
  expect(world.conversations.peek(id)?.title).toBe("Foes");
});

test("direct conversations have no changes, and those of others do not show", async () => {
  const world = await World.open();
  await world.conversations.openDirect("d:alice:bob");
  const { changes } = world;
  const conversation = "d:alice:bob";
  for (const user of ["alice", "carol"]) {
    const wanted = user === "alice" ? "forbidden" : "not_member";
    expect(outcome(await changes.leave(as(user), { conversation }))).toBe(wanted);
    expect(outcome(await changes.invite(as(user), { conversation, users: ["dave"] }))).toBe(wanted);
    expect(outcome(await changes.dissolve(as(user), { conversation }))).toBe(wanted);
    expect(
      outcome(await changes.rename(as(user), { conversation: "d:alice:zoe", title: "x" })),
    ).toBe(user === "alice" ? "conversation_unknown" : "not_member");
  }
});
