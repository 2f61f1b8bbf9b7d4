import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eachWay, setStage, type Stage } from "./stage.ts";

describe.each(eachWay)("a name over %s", (_name, way) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ way });
  });
  afterAll(() => stage.close());

  test("alice takes another name: bob, who watches her, is told at once, and carol finds her by it", async () => {
    const [alice, bob, carol] = await stage.cast("alice", "bob", "carol");
    await bob.call("watch", { users: ["alice"] });
    const profile = { user: "alice", name: "爱丽丝 🦢" };
    expect(await alice.call("profile", { name: "  爱丽丝 🦢 " })).toMatchObject({ profile });
    expect((await bob.hears("presence")).presence).toEqual({
      user: "alice",
      status: "online",
      name: "爱丽丝 🦢",
    });
    expect((await carol.call("users", { prefix: "爱" })).users).toEqual([profile]);
    expect((await bob.call("users", { ids: ["alice"] })).users).toEqual([profile]);
    expect(await carol.leftovers()).toEqual([]);
  });

  test("an administrator gives hugo another name: iris, who watches him, is told at once", async () => {
    const [hugo, iris] = await stage.cast("hugo", "iris");
    await iris.call("watch", { users: ["hugo"] });
    const bearer = await stage.adminToken();
    const patches = (body: object) =>
      stage.post(`/api/admin/users/${hugo.user}`, body, bearer, "PATCH");
    expect(await patches({ name: "Hugo H." })).toMatchObject({ name: "Hugo H." });
    expect((await iris.hears("presence")).presence).toEqual({
      user: "hugo",
      status: "online",
      name: "Hugo H.",
    });
    await patches({ admin: true });
    expect(await iris.leftovers()).toEqual([]);
  });

  test("a name of nothing but spaces is refused, and the old one stays", async () => {
    const [dora, eric] = await stage.cast("dora", "eric");
    await dora.call("profile", { name: "Dora" });
    expect(await dora.refused("profile", { name: " \t " })).toBe("invalid_params");
    expect((await eric.call("users", { ids: ["dora"] })).users).toEqual([
      { user: "dora", name: "Dora" },
    ]);
  });

  test("members are found by the beginning of their id or name, and nobody else is", async () => {
    const [fay, gus, ann] = await stage.cast("fay", "gus-1", "gus-2");
    await stage.cast("gus-3");
    await ann.call("profile", { name: "Gulliver" });
    const { id } = await fay.founds([gus, ann]);
    const named = async (prefix: string, limit?: number) => {
      const page = { conversation: id, prefix, ...(limit === undefined ? {} : { limit }) };
      const { members, partial } = await fay.call("members", page);
      return [members.map(({ user }) => user), partial];
    };
    expect(await named("GU")).toEqual([["gus-1", "gus-2"], false]);
    expect(await named("gull")).toEqual([["gus-2"], false]);
    expect(await named("gus-3")).toEqual([[], false]);
    expect(await named("gu", 1)).toEqual([["gus-1"], true]);
    await fay.call("remove", { conversation: id, users: [gus.user], ban: true });
    expect(await named("gu")).toEqual([["gus-2"], false]);
  });
});
