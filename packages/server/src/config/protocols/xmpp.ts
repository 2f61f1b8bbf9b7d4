import { absent, flag, group } from "../setting.ts";
import { doorEnabled, doorPort } from "./door.ts";

export const xmppSettings = group(
  {
    enabled: doorEnabled("XMPP"),
    port: doorPort("XMPP", 5222),
    tlsPort: doorPort("XMPP over direct TLS", 5223),
    domain: absent(
      "Domain of the users' addresses, such as `example.org`; without it each client's own name for this server.",
    ),
    plainWithoutTls: flag(
      "Take passwords and tokens without TLS; only on a network where nobody else can listen.",
      false,
    ),
  },
  { description: "XMPP clients. The TLS port is open if `listen.tls` is set." },
);
