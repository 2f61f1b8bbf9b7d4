import { directMembers } from "@godwit/protocol";
import { authorize } from "../../conversations/access.ts";
import type { Fanout } from "../../fanout/fanout.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Messaging } from "../../messaging/messaging.ts";
import type { Presence } from "../../presence/presence.ts";
import { granted, Refused, type Commands } from "./command.ts";

const isDirect = (conversation: string) => directMembers(conversation) !== undefined;

/** Commands about who is there and what they are doing right now. Nothing of this is stored. */
export function presenceCommands(deps: {
  presence: Presence;
  messaging: Messaging;
  fanout: Fanout;
  clock: Clock;
}): Commands<"presence" | "watch" | "unwatch" | "typing"> {
  const { presence, messaging, fanout, clock } = deps;
  return {
    presence: {
      auth: "session",
      rate: "command",
      handle({ session }, { status }) {
        if (session !== undefined) {
          const wasShown = session.shown !== undefined;
          session.status = status;
          presence.changed(session, wasShown);
        }
        return {};
      },
    },
    watch: {
      auth: "session",
      rate: "command",
      async handle({ session }, { users }) {
        if (session !== undefined && !presence.watch(session, users)) {
          throw new Refused({
            error: "invalid_params",
            detail: "This session watches as many users as it may.",
          });
        }
        return { presences: await presence.describe(users) };
      },
    },
    unwatch: {
      auth: "session",
      rate: "command",
      handle({ session }, { users }) {
        if (session !== undefined) presence.unwatch(session, users);
        return {};
      },
    },
    typing: {
      auth: "user",
      rate: "ephemeral",
      async handle({ user }, params) {
        const place =
          messaging.peek(params.conversation, user) ??
          (await messaging.locate(params.conversation, user));
        // Before the first message between two users there is nobody who could see it, and nothing wrong either.
        if (
          "error" in place &&
          place.error === "conversation_unknown" &&
          isDirect(params.conversation)
        )
          return {};
        const { conversation, standing } = granted(place);
        const error = authorize("typing", conversation, standing, clock.now());
        if (error !== undefined) throw new Refused({ error });
        fanout.typing(conversation, user, params.on);
        return {};
      },
    },
  };
}
