import type { Accounts } from "../../accounts/accounts.ts";
import type { Changes } from "../../conversations/changes.ts";
import type { Conversations } from "../../conversations/conversations.ts";
import type { Views } from "../../conversations/views.ts";
import type { Fanout } from "../../fanout/fanout.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Messaging } from "../../messaging/messaging.ts";
import type { Receipts } from "../../messaging/receipts.ts";
import type { Presence } from "../../presence/presence.ts";
import type { AccountStore } from "../../store/port.ts";
import type { Sessions } from "../sessions.ts";
import { accountCommands } from "./account.ts";
import type { CommandTable } from "./command.ts";
import { conversationCommands } from "./conversations.ts";
import { inviteCommands } from "./invites.ts";
import { messageCommands } from "./messages.ts";
import { presenceCommands } from "./presence.ts";
import { sendCommand } from "./send.ts";

/** What the handlers work with. */
export interface CommandDeps {
  readonly accounts: Accounts;
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly conversations: Conversations;
  readonly changes: Changes;
  readonly views: Views;
  readonly messaging: Messaging;
  readonly receipts: Receipts;
  readonly fanout: Fanout;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly log: Log;
}

/** Every command of the protocol but `hello`, with its guards and its handler. */
export function commandTable(deps: CommandDeps): CommandTable {
  return {
    ...accountCommands(deps),
    ...sendCommand(deps.messaging, deps.log),
    ...messageCommands(deps),
    ...conversationCommands(deps),
    ...inviteCommands(deps),
    ...presenceCommands(deps),
  };
}
