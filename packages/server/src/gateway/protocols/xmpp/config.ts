import { hostname } from "node:os";
import type { Config } from "../../../config/config.ts";
import { unusable } from "../../../config/error.ts";
import type { XmppConfig } from "./client/services.ts";
import { prepareDomain } from "./jid.ts";
import { xmlLimits } from "./xml/reader.ts";

/** Throws a ConfigError if it is none. */
function domainOf(text: string): string {
  const domain = prepareDomain(text);
  if (domain === undefined) throw unusable("xmpp.domain", new Error("this is no domain"));
  return domain;
}

/** What of the configuration matters to XMPP. */
export function xmppConfig(config: Config): XmppConfig {
  const { xmpp, listen, limits, sessions, accounts } = config;
  return {
    domain: xmpp.domain === undefined ? undefined : domainOf(xmpp.domain),
    domainDefault: prepareDomain(hostname()) ?? "localhost",
    plainWithoutTls: xmpp.plainWithoutTls,
    tls: listen.tls !== undefined,
    scram: accounts.scramIterations > 0,
    xml: { ...xmlLimits, stanzaBytesMax: limits.frameBytesMax },
    commandsPerSecondMax: limits.commandsPerSecondMax,
    commandsBurst: limits.commandsBurst,
    resumeMs: sessions.resumeMs,
  };
}
