/** Every native command as `POST /api/commands/<name>`, so that a back-end can do with one request what a client does over a connection. */
import type { CommandName, ErrorName } from "@godwit/protocol";
import type { Hono } from "hono";
import type { HttpBackend, RequestEnv } from "./deps.ts";
import { authenticate, readObject, type Admission } from "./guard.ts";
import { ApiError, refuse, success } from "./reply.ts";
import type { Described } from "./route.ts";
import type { ObjectSchema } from "./schema.ts";

/** Commands about a connection or a session, which a single request does not have. */
export const sessionCommands: ReadonlySet<string> = new Set<CommandName>([
  "hello",
  "refresh",
  "ping",
  "received",
  "bye",
  "sign_out",
  "presence",
  "watch",
  "unwatch",
]);

/** Runs any command as the bearer of the token. The parameters are checked where those of sessions are. */
export function addCommands(
  app: Hono<RequestEnv>,
  admission: Admission,
  backend: HttpBackend,
): void {
  app.post("/api/commands/:command", async (context) => {
    const principal = await authenticate(
      admission,
      context.req.header("authorization"),
      context.env.address,
    );
    const command = context.req.param("command");
    if (sessionCommands.has(command))
      throw refuse("unknown_command", "This command needs a session; open a WebSocket at /ws.");
    const params = await readObject(context.req);
    // A name that is no command is refused by the table of commands.
    const executed = await backend.execute(principal, command as CommandName, params);
    if (!executed.ok) throw new ApiError(executed.error);
    return success(executed.result);
  });
}

const summaries: Partial<Record<CommandName, string>> = {
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
  join: "Join an open group or channel, or one that an invite link leads to.",
  invite_link: "Make a link by which anyone may join, for some hours.",
  peek_invite: "What an invite link leads to.",
  leave: "Leave a conversation.",
  remove: "Remove members from a conversation, and ban them if asked to.",
  role: "Change a member's role; handing over ownership makes the former owner an admin.",
  rename: "Change a conversation's title.",
  mute: "Mute one member, or everybody but owner and admins.",
  members: "Members of a conversation, page by page.",
  dissolve: "End a conversation for everybody. Its history stays readable.",
  typing: "Say that the caller is typing.",
  users: "Find users by the beginning of id or name.",
  profile: "Give the caller another name. Whoever watches them is told.",
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

/** The commands for the documents. Their schemas are loaded when somebody reads those: importing TypeBox takes 50 ms of a start. */
export async function describeCommands(): Promise<readonly Described[]> {
  const { commands } = await import("@godwit/protocol/schemas");
  const names = (Object.keys(commands) as CommandName[]).filter(
    (command) => !sessionCommands.has(command),
  );
  return names.map((command) => ({
    method: "POST",
    path: `/api/commands/${command}`,
    audience: "user",
    tag: "commands",
    summary: summaries[command] ?? `The command \`${command}\`.`,
    body: commands[command].params as ObjectSchema,
    result: commands[command].result as ObjectSchema,
    errors,
  }));
}
