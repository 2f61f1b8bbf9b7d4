import type { Form } from "./renderer.ts";
import type { Match } from "./subscriptions.ts";
import type { Qos } from "./wire/packets.ts";

/** How a message reaches a session. */
export interface Route {
  readonly topic: string;
  readonly form: Form;
  readonly match: Match;
  /** The highest QoS that it may have: that of the PUBLISH, on application topics. */
  readonly qosMax: Qos;
  /** Published with the retain flag. */
  readonly retained: boolean;
}
