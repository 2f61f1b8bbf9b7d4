import { describe, expect, test } from "bun:test";
import { groupRights, memberRights } from "./rights.ts";

const here = { gone: false, dissolved: false };

/** Names of what is allowed. */
const allowed = (rights: object) =>
  Object.entries(rights)
    .filter(([, yes]) => yes === true)
    .map(([name]) => name);

describe("what is offered in a group", () => {
  test.each([
    ["owner", "group", ["rename", "add", "inviteByLink", "muteAll", "dissolve", "leave"]],
    ["admin", "group", ["rename", "add", "inviteByLink", "muteAll", "leave"]],
    ["member", "group", ["add", "inviteByLink", "leave"]],
    ["owner", "channel", ["rename", "add", "inviteByLink", "dissolve", "leave"]],
    ["member", "channel", ["leave"]],
    ["member", "direct", []],
  ] as const)("%s of a %s", (role, kind, rights) =>
    expect(allowed(groupRights(role, kind, here))).toEqual([...rights]),
  );

  test("a dissolved group can be left, and no more", () =>
    expect(allowed(groupRights("owner", "group", { gone: false, dissolved: true }))).toEqual([
      "leave",
    ]));

  test("who is gone has nothing to decide", () =>
    expect(allowed(groupRights("owner", "group", { gone: true, dissolved: false }))).toEqual([]));
});

describe("what is offered for another member", () => {
  test.each([
    ["owner", "admin", ["demote", "handOver", "mute", "remove"]],
    ["owner", "member", ["promote", "handOver", "mute", "remove"]],
    ["admin", "member", ["mute", "remove"]],
    ["admin", "admin", []],
    ["admin", "owner", []],
    ["member", "member", []],
  ] as const)("%s for %s", (mine, theirs, rights) =>
    expect(allowed(memberRights(mine, theirs))).toEqual([...rights]),
  );
});
