/** A search among the members, by the beginning of id or name. */
import { expect, test } from "bun:test";
import type { Params } from "@godwit/protocol";
import type { Store } from "../store/port.ts";
import { onWire } from "./test-wire.ts";
import { World } from "./test-world.ts";

/** Users of the server. */
async function users(store: Store, names: Readonly<Record<string, string | undefined>>) {
  for (const [user, name] of Object.entries(names))
    await store.accounts.create({
      user,
      admin: false,
      disabled: false,
      tokensValidFrom: 0,
      createdAt: 0,
      ...(name === undefined ? {} : { name }),
    });
}

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${String(index).padStart(4, "0")}`);
const nameless = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, undefined]));

/** One page, checked against the wire's schema. */
async function page({ views }: World, params: Params<"members">) {
  const found = onWire("members", await views.members(params));
  expect(found.partial).toBe(found.next !== undefined);
  return { users: found.members.map(({ user }) => user), next: found.next };
}

test("among few members all are found, however many users of the server are called so", async () => {
  const world = await World.open();
  await users(world.store, {
    ...nameless(numbered("b", 1_001)),
    zoe: "Bella",
    bruno: undefined,
  });
  const conversation = await world.group(["bob", "bruno", "carol", "zoe"]);
  const search = (prefix: string, more: { after?: string; limit?: number } = {}) =>
    page(world, { conversation, prefix, ...more });
  expect(await search("B")).toEqual({ users: ["bob", "bruno", "zoe"], next: undefined });
  expect(await search("b", { limit: 2 })).toEqual({ users: ["bob", "bruno"], next: "bruno" });
  expect(await search("b", { limit: 2, after: "bruno" })).toMatchObject({ users: ["zoe"] });
  expect(await search("bellb")).toEqual({ users: [], next: undefined });
});

test.each([
  ["where all users who are called so are looked at", false],
  ["where too many are called so", true],
])("among many members all are found page by page, %s", async (_name, cut) => {
  const { store } = await World.open();
  const { accounts } = store;
  const list: typeof accounts.list = async (...query) => ({
    ...(await accounts.list(...query)),
    cut,
  });
  const world = new World({ ...store, accounts: { ...accounts, list } }, {});
  const many = numbered("c", 1_200);
  // Others are called so, too: before the members and between them.
  await users(store, { ...nameless([...numbered("b", 1_500), ...many, "bruno"]), zoe: "Bella" });
  const conversation = await world.group([...many, "bruno", "b1200", "zoe"]);
  const search = async (prefix: string, limit: number) => {
    const found: string[] = [];
    let pages = 0;
    let after: string | undefined;
    do {
      const asked = { conversation, prefix, limit, ...(after === undefined ? {} : { after }) };
      const { users: some, next } = await page(world, asked);
      found.push(...some);
      pages += 1;
      after = next;
    } while (after !== undefined);
    return { found, pages };
  };
  expect(await search("B", 100)).toEqual({ found: ["b1200", "bruno", "zoe"], pages: 2 });
  expect((await search("b", 1)).found).toEqual(["b1200", "bruno", "zoe"]);
  expect((await search("c", 500)).found).toEqual(many);
  expect((await search("q", 500)).found).toEqual([]);
});
