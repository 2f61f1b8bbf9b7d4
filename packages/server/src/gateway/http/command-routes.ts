/** Every native command as `POST /api/commands/<name>`, so that a back-end can do with one request what a client does over a connection. */
import type { CommandName, ErrorName } from "@godwit/protocol";
import { commands } from "@godwit/protocol/schemas";
import type { HttpBackend } from "./deps.ts";
import { ApiError } from "./reply.ts";
import { guardedRoute, type Route } from "./route.ts";

/** Commands about a connection or a session, which a single request does not have. */
export const connectionCommands: ReadonlySet<CommandName> = new Set([
  "hello",
  "refresh",
  "ping",
  "received",
  "bye",
]);

const summaries: Partial<Record<CommandName, string>> = {
  sign_out: "End the sessions of one device, or of all others, and revoke their tokens.",
  devices: "The caller's devices.",
  send: "Send a message. The answer means: committed and synced. A retry with the same clientId gets the same answer.",
  history: "Messages of a conversation by seq, ascending; without bounds the newest.",
  sync: "Conversations that moved past the given cursors, page by page.",
  conversation: "One conversation as the caller sees it.",
  delivered: "Move the delivered cursor forward.",
  read: "Move the read cursor (and with it the delivered one) forward.",
  receipts: "Who has received or read a message: a total and a bounded page.",
  create: "Create a group or channel.",
  invite: "Add users to a conversation.",
  join: "Join an open group or channel.",
  leave: "Leave a conversation.",
  remove: "Remove members from a conversation, and ban them if asked to.",
  role: "Change a member's role; handing over ownership makes the former owner an admin.",
  rename: "Change a conversation's title.",
  mute: "Mute one member, or everybody but owner and admins.",
  members: "Members of a conversation, page by page.",
  dissolve: "End a conversation for everybody. Its history stays readable.",
  presence: "Set the caller's own status.",
  watch: "Presence of users now (a session also hears of changes).",
  unwatch: "Stop hearing of users' presence.",
  typing: "Say that the caller is typing.",
  users: "Find users by the beginning of id or name.",
  kick: "End another user's sessions. Administrators only.",
};

const errors: readonly ErrorName[] = [
  "forbidden",
  "not_member",
  "conversation_unknown",
  "conflict",
  "busy",
  "storage_full",
  "storage_unavailable",
  "shutting_down",
];

export function commandRoutes(backend: HttpBackend): readonly Route[] {
  const names = (Object.keys(commands) as CommandName[]).filter(
    (name) => !connectionCommands.has(name),
  );
  return names.map((name) =>
    guardedRoute({
      method: "POST",
      path: `/api/commands/${name}`,
      audience: "user",
      tag: "commands",
      summary: summaries[name] ?? `The command \`${name}\`.`,
      body: commands[name].params,
      result: commands[name].result,
      errors,
      async handle({ principal, body }) {
        const executed = await backend.execute(
          principal,
          name,
          body as Readonly<Record<string, unknown>>,
        );
        if (!executed.ok) throw new ApiError(executed.error);
        return executed.result;
      },
    }),
  );
}
