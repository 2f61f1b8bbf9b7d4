import { hostname } from "node:os";
import type { Config } from "../../../config/config.ts";
import type { XmppConfig } from "./client/services.ts";
import { prepareDomain } from "./jid.ts";

/** What of the configuration matters to XMPP. */
export function xmppConfig(config: Config): XmppConfig {
  const { xmpp, listen, limits, sessions, accounts } = config;
  return {
    domain: xmpp.domain === undefined ? undefined : prepareDomain(xmpp.domain),
    domainDefault: prepareDomain(hostname()) ?? "localhost",
    plainWithoutTls: xmpp.plainWithoutTls,
    tls: listen.tls !== undefined,
    scram: accounts.scramIterations > 0,
    stanzaBytesMax: limits.frameBytesMax,
    commandsPerSecondMax: limits.commandsPerSecondMax,
    commandsBurst: limits.commandsBurst,
    resumeMs: sessions.resumeMs,
  };
}
