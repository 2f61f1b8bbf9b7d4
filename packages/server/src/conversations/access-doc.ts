import type { ConversationKind, Role } from "@godwit/protocol";
import { access, actions, authorize, type Least } from "./access.ts";
import { standingOf } from "./conv.ts";

const kinds: readonly ConversationKind[] = ["direct", "group", "channel"];
const people: readonly (Role | "stranger" | "banned")[] = [
  "owner",
  "admin",
  "member",
  "stranger",
  "banned",
];
const columns = ["Owner", "Admin", "Member", "Stranger", "Banned"];

const words: { readonly [L in Least]: string } = {
  owner: "owner",
  admin: "owner, admins",
  member: "members",
  anyone: "anyone",
  open: "anyone, if open",
  nobody: "nobody",
};

/** docs/authorisation.md, from the table. A test says when the file is behind. */
export function renderAccess(): string {
  return [
    "# Who may do what",
    "Every command on a conversation is judged by one table, `packages/server/src/conversations/access.ts`. This page is written from it, and a test fails when they " +
      "differ. To write it anew: `GODWIT_UPDATE_DOCS=1 npx bun test packages/server/src/conversations/access.test.ts`.",
    "The owner made the conversation or was handed it; there is one. Admins are named by the owner. In a direct conversation both are plain members. A stranger is not in " +
      "the conversation. A banned user was removed for good, until an admin or the owner invites them.",
    "## The table",
    table(
      ["Action", "Commands", "Direct", "Group", "Channel", "While muted", "When dissolved"],
      actions.map((action) => {
        const rule = access[action];
        return [
          `\`${action}\``,
          rule.commands.map((command) => `\`${command}\``).join(", "),
          ...kinds.map((kind) => words[rule[kind]]),
          rule.whileMuted ? "yes" : "no",
          rule.whenDissolved ? "yes" : "no",
        ];
      }),
    ),
    "- **While muted**: a member who is muted may do it. While the whole conversation is muted, what is `no` here is left to owner and admins.\n" +
      "- **When dissolved**: it may still be done after the conversation was dissolved. Its log stays readable to its members.\n" +
      "- Whether a message is ordinary or important makes no difference here; it does to rate limits.\n" +
      "- Owners act upon admins and members, admins upon members, nobody upon themselves.",
    "## Notes",
    actions
      .flatMap((action) => {
        const { note } = access[action];
        return note === undefined ? [] : [`- \`${action}\`: ${note}`];
      })
      .join("\n"),
    "## Every case",
    "What is answered in a conversation that is not open, not muted and not dissolved. In direct conversations there are members and strangers only.",
    table(
      ["Conversation", "Action", ...columns],
      kinds.flatMap((kind) =>
        actions.map((action) => [
          kind,
          `\`${action}\``,
          ...people.map((person) => {
            const conversation = { kind, open: false, mutedAll: false, dissolved: false };
            const standing = person === "stranger" ? null : standingOf(person, 0);
            const error = authorize(action, conversation, standing, 0);
            const occurs = kind !== "direct" || person === "member" || person === "stranger";
            return !occurs ? "" : error === undefined ? "yes" : `\`${error}\``;
          }),
        ]),
      ),
    ),
    "The errors in the order in which they are looked for: `banned`, `not_member`, `forbidden` (not in this kind of conversation), `conversation_dissolved`, `forbidden` (role), " +
      "`muted`. Who someone is comes before what the conversation is, so that strangers learn nothing about it; of a direct conversation between others they do not even " +
      "learn whether it exists.",
  ]
    .join("\n\n")
    .concat("\n");
}

/** A table as the formatter likes it: columns padded to equal width. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
