import { expect, test } from "bun:test";
import type { Client } from "@godwit/client";
import { callTable } from "./calls.ts";

type Query = { after?: string; prefix?: string; limit?: number };

/** Members by page, as a server gives them that looks at few for each. */
function groupOf(pages: readonly (readonly string[])[]) {
  const asked: Query[] = [];
  const client = {
    group: () => ({
      membersPage(query: Query) {
        asked.push(query);
        const at = Number(query.after ?? 0);
        const members = (pages[at] ?? []).map((user) => ({ user }));
        return Promise.resolve(
          at + 1 < pages.length ? { members, next: `${at + 1}` } : { members },
        );
      },
    }),
    users: ({ ids }: { ids: readonly string[] }) => Promise.resolve(ids.map((user) => ({ user }))),
  };
  const search = async (prefix: string) => {
    const found = await callTable(client as never as Client).namedMembers({
      conversation: "g:0:a",
      prefix,
    });
    return [found.users.map(({ user }) => user), found.complete];
  };
  return { asked, search };
}

test("members are found behind pages on which nobody is", async () => {
  const { asked, search } = groupOf([[], ["bea"], [], ["bob"]]);
  expect(await search("b")).toEqual([["bea", "bob"], true]);
  expect(asked).toEqual([
    { prefix: "b", limit: 50 },
    { prefix: "b", limit: 50, after: "1" },
    { prefix: "b", limit: 49, after: "2" },
    { prefix: "b", limit: 49, after: "3" },
  ]);
});

test("a search ends once enough are found, and after so many pages", async () => {
  const many = Array.from({ length: 50 }, (_, index) => `b${index}`);
  expect(await groupOf([many, ["c"]]).search("b")).toEqual([many, false]);
  const endless = groupOf(Array.from({ length: 100 }, () => []));
  expect(await endless.search("b")).toEqual([[], false]);
  expect(endless.asked).toHaveLength(5);
  expect(await groupOf([["zoe"]]).search("")).toEqual([["zoe"], true]);
});
