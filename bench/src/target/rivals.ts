/** Other servers under the same load, by the name in `--against`, with the protocol that both speak. */
import { startMosquitto } from "./mosquitto.ts";
import { startProsody } from "./prosody.ts";
import type { ProtocolName } from "./protocols.ts";
import type { Target } from "./target.ts";

interface Rival {
  readonly protocol: ProtocolName;
  readonly start: (dataParent: string | undefined) => Promise<Target>;
}

export const rivals = {
  mosquitto: { protocol: "mqtt", start: startMosquitto },
  prosody: { protocol: "xmpp", start: startProsody },
} satisfies Readonly<Record<string, Rival>>;

export type RivalName = keyof typeof rivals;
export const rivalNames = Object.keys(rivals) as readonly RivalName[];
