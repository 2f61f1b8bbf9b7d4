import { describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ConversationKind, ErrorName } from "@godwit/protocol";
import { commands } from "@godwit/protocol/schemas";
import { renderAccess } from "./access-doc.ts";
import { access, actions, authorize, outranks, refusedById, type Action } from "./access.ts";
import { standingOf, type Standing } from "./conv.ts";

const people: readonly [string, Standing | null][] = [
  ["owner", standingOf("owner", 0)],
  ["admin", standingOf("admin", 0)],
  ["member", standingOf("member", 0)],
  ["stranger", null],
  ["banned", standingOf("banned", 0)],
];
const kinds: readonly ConversationKind[] = ["direct", "group", "channel"];
const flags = [false, true].flatMap((open) =>
  [false, true].flatMap((mutedAll) =>
    [false, true].map((dissolved) => ({ open, mutedAll, dissolved })),
  ),
);
const now = 1_000;

/**
 * What is expected, written down a second time and by hand: owner, admin, member, stranger, banned in direct, group and channel.
 * y allowed, f forbidden, n not_member, b banned, o allowed if open, else not_member.
 */
const expected: Record<Action, readonly [string, string, string]> = {
  send: ["yyynb", "yyynb", "yyfnb"],
  mention_all: ["yyynb", "yyfnb", "yyfnb"],
  typing: ["yyynb", "yyynb", "yyfnb"],
  read: ["yyynb", "yyynb", "yyynb"],
  invite: ["fffnb", "yyynb", "yyfnb"],
  join: ["fffnb", "yyyob", "yyyob"],
  leave: ["fffnb", "yyyyb", "yyyyb"],
  remove: ["fffnb", "yyfnb", "yyfnb"],
  role: ["fffnb", "yffnb", "yffnb"],
  rename: ["fffnb", "yyfnb", "yyfnb"],
  mute: ["fffnb", "yyfnb", "yyfnb"],
  dissolve: ["fffnb", "yffnb", "yffnb"],
};
const silencedByMute: readonly Action[] = ["send", "mention_all", "typing"];
const allowedDissolved: readonly Action[] = ["read", "leave", "dissolve"];

const meaning = { f: "forbidden", n: "not_member", b: "banned" } as const;
const plain = (
  action: Action,
  kind: ConversationKind,
  person: number,
  open: boolean,
): ErrorName | undefined => {
  const letter = expected[action][kinds.indexOf(kind)]!.charAt(person);
  if (letter === "o") return open ? undefined : "not_member";
  return letter === "y" ? undefined : meaning[letter as keyof typeof meaning];
};

describe("every action, kind, person and flag", () => {
  for (const action of actions) {
    test(action, () => {
      for (const kind of kinds) {
        for (const [person, [name, standing]] of people.entries()) {
          for (const flag of flags) {
            const error = plain(action, kind, person, flag.open);
            const answer = (who: Standing | null) => authorize(action, { kind, ...flag }, who, now);
            const isMember = person < 3;
            const inKind = expected[action][kinds.indexOf(kind)] !== "fffnb";
            let wanted = error;
            if (
              flag.dissolved &&
              !allowedDissolved.includes(action) &&
              ((isMember && inKind) || error === undefined)
            ) {
              wanted = "conversation_dissolved";
            } else if (
              error === undefined &&
              flag.mutedAll &&
              name === "member" &&
              silencedByMute.includes(action)
            ) {
              wanted = "muted";
            }
            expect([action, kind, name, flag, answer(standing)]).toEqual([
              action,
              kind,
              name,
              flag,
              wanted,
            ]);

            if (standing === null || !isMember) continue;
            // A mute of one's own silences what a mute silences, until it ends.
            const mutable = wanted === undefined && silencedByMute.includes(action);
            expect(answer(standingOf(standing.role, now + 1))).toBe(mutable ? "muted" : wanted);
            expect(answer(standingOf(standing.role, now))).toBe(wanted);
          }
        }
      }
    });
  }
});

test("every command on a conversation has an action", () => {
  const covered = new Set(actions.flatMap((action) => access[action].commands));
  for (const [name, { params }] of Object.entries(commands)) {
    if ("conversation" in params.properties) expect([...covered]).toContain(name as never);
  }
});

test("owners outrank admins and members, admins outrank members, nobody outranks themselves", () => {
  const roles = ["owner", "admin", "member", "banned"] as const;
  const upon = (actor: (typeof roles)[number]) => roles.filter((target) => outranks(actor, target));
  expect(roles.map(upon)).toEqual([["admin", "member", "banned"], ["member", "banned"], [], []]);
});

test("of direct conversations of others nothing is learnt", () => {
  expect(refusedById("d:alice:bob", "alice")).toBeUndefined();
  expect(refusedById("d:alice:bob", "bob")).toBeUndefined();
  expect(refusedById("d:alice:bob", "carol")).toBe("not_member");
  expect(refusedById("d:bob:alice", "alice")).toBe("conversation_unknown");
  expect(refusedById("g:0:abcdefgh", "carol")).toBeUndefined();
});

test("docs/authorisation.md says what the table says", async () => {
  const path = fileURLToPath(new URL("../../../../docs/authorisation.md", import.meta.url));
  if (process.env["GODWIT_UPDATE_DOCS"] !== undefined) await writeFile(path, renderAccess());
  expect(await readFile(path, "utf8")).toBe(renderAccess());
});
