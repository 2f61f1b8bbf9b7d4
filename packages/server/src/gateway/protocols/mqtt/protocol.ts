import type { Accounts } from "../../../accounts/accounts.ts";
import { Turns } from "../../../accounts/turns.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import type { Random } from "../../../lib/random.ts";
import type { Dispatcher } from "../../../session/dispatch.ts";
import type { Greeter } from "../../../session/greeter.ts";
import type { Sessions } from "../../../session/sessions.ts";
import type { Stream, StreamHandler, StreamProtocol } from "../stream.ts";
import { MqttClient } from "./client.ts";
import { Namespaces } from "./namespaces.ts";
import { SessionRecords, type Records } from "./records.ts";
import { Registry } from "./registry.ts";
import { Renderer } from "./renderer.ts";
import type { MqttConfig } from "./config.ts";
import type { Shared } from "./shared.ts";
import { Shares } from "./shares.ts";
import { SubscriptionPool } from "./subscriptions.ts";

export interface MqttDeps {
  readonly config: MqttConfig;
  readonly accounts: Accounts;
  readonly greeter: Greeter;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** MQTT 3.1.1 and 5.0 as a mapping to the commands and events of the native protocol; docs/protocols/mqtt.md says what maps to what. */
export class MqttProtocol implements StreamProtocol {
  readonly #shared: Shared;

  constructor(deps: MqttDeps) {
    const { config, records, sessions, dispatcher, clock, random, log } = deps;
    const shares = new Shares();
    this.#shared = {
      ...deps,
      shares,
      pool: new SubscriptionPool(),
      registry: new Registry({
        records: new SessionRecords(records, () => clock.now()),
        shares,
        sessions,
        dispatcher,
        clock,
        random,
        log,
      }),
      namespaces: new Namespaces({ records, limits: config, clock, log }),
      renderer: new Renderer(() => clock.now()),
      turns: new Turns(),
    };
  }

  /** Sessions in memory. */
  get sessions(): number {
    return this.#shared.registry.count;
  }

  stop(): void {
    this.#shared.registry.stop();
  }

  open(stream: Stream): StreamHandler {
    return new MqttClient(stream, this.#shared);
  }
}
