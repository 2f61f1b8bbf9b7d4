import type { Exchange, SaslContext } from "./exchange.ts";
import { BearerExchange, PlainExchange } from "./plain.ts";
import { ScramExchange } from "./scram.ts";

export interface Mechanism {
  readonly name: string;
  /** `bound`: needs a TLS connection to bind to. `secret`: shows the password or token, so that nobody may be able to listen. */
  readonly needs: "nothing" | "bound" | "secret";
  begin(context: SaslContext): Exchange;
}

/** In the order in which a client should prefer them. */
const mechanisms: readonly Mechanism[] = [
  {
    name: "SCRAM-SHA-256-PLUS",
    needs: "bound",
    begin: (context) => new ScramExchange(context, "sha256", true),
  },
  {
    name: "SCRAM-SHA-1-PLUS",
    needs: "bound",
    begin: (context) => new ScramExchange(context, "sha1", true),
  },
  {
    name: "SCRAM-SHA-256",
    needs: "nothing",
    begin: (context) => new ScramExchange(context, "sha256", false),
  },
  {
    name: "SCRAM-SHA-1",
    needs: "nothing",
    begin: (context) => new ScramExchange(context, "sha1", false),
  },
  { name: "OAUTHBEARER", needs: "secret", begin: (context) => new BearerExchange(context) },
  { name: "PLAIN", needs: "secret", begin: (context) => new PlainExchange(context) },
];

/** What one connection gives its mechanisms. */
export interface Circumstances {
  /** Nobody can listen, or it was configured that this does not matter. */
  readonly confidential: boolean;
  readonly bindable: boolean;
  /** Whether credentials for SCRAM are kept at all. */
  readonly scram: boolean;
}

/** The mechanisms that a connection is offered. */
export function offered(circumstances: Circumstances): readonly Mechanism[] {
  return mechanisms.filter(({ name, needs }) => {
    if (name.startsWith("SCRAM") && !circumstances.scram) return false;
    if (needs === "bound") return circumstances.bindable;
    return needs === "nothing" || circumstances.confidential;
  });
}
