import type { Conv } from "../../conversations/conversations.ts";
import type { Views } from "../../conversations/views.ts";
import type { Messaging } from "../../messaging/messaging.ts";
import type { Receipts } from "../../messaging/receipts.ts";
import type { Caller } from "../session.ts";
import { granted, Refused, type Commands } from "./command.ts";

/** Commands that read the log, and those that move cursors in it. */
export function messageCommands(deps: {
  messaging: Messaging;
  receipts: Receipts;
  views: Views;
}): Commands<"history" | "sync" | "delivered" | "read" | "receipts"> {
  const { messaging, receipts, views } = deps;

  const readable = async (caller: Caller, id: string): Promise<Conv> =>
    granted(await messaging.readable(id, caller.user));

  return {
    history: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        await readable(caller, params.conversation);
        return views.history(params);
      },
    },
    sync: {
      auth: "user",
      rate: "command",
      handle: (caller, params) => views.sync(caller.user, params),
    },
    delivered: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const conversation = await readable(caller, params.conversation);
        const moved = granted(
          await receipts.move(
            conversation,
            caller.user,
            { delivered: params.seq },
            caller.receiver,
          ),
        );
        return { seq: moved.delivered };
      },
    },
    read: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const conversation = await readable(caller, params.conversation);
        const moved = granted(
          await receipts.move(conversation, caller.user, { read: params.seq }, caller.receiver),
        );
        return { seq: moved.read, unread: moved.unread };
      },
    },
    receipts: {
      auth: "user",
      rate: "command",
      async handle(caller, params) {
        const { lastSeq } = await readable(caller, params.conversation);
        if (params.seq === 0 || params.seq > lastSeq)
          throw new Refused({ error: "message_unknown" });
        return views.receipts(params);
      },
    },
  };
}
