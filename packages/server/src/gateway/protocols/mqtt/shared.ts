import type { Accounts } from "../../../accounts/accounts.ts";
import type { Turns } from "../../../accounts/turns.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import type { Random } from "../../../lib/random.ts";
import type { Dispatcher } from "../../../session/dispatch.ts";
import type { Greeter } from "../../../session/greeter.ts";
import type { Sessions } from "../../../session/sessions.ts";
import type { MqttConfig } from "./config.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Registry } from "./registry.ts";
import type { Renderer } from "./renderer.ts";
import type { Shares } from "./shares.ts";
import type { SubscriptionPool } from "./subscriptions.ts";

/** What all connections of one server share. */
export interface Shared {
  readonly config: MqttConfig;
  readonly accounts: Accounts;
  readonly greeter: Greeter;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly namespaces: Namespaces;
  readonly shares: Shares;
  readonly pool: SubscriptionPool;
  readonly renderer: Renderer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** One CONNECT at a time for each device. */
  readonly turns: Turns;
}
