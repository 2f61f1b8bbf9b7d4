import { group } from "../setting.ts";
import { doorEnabled, doorPort } from "./door.ts";

export const xmppSettings = group(
  {
    enabled: doorEnabled("XMPP"),
    port: doorPort("XMPP", 5222),
    tlsPort: doorPort("XMPP over direct TLS", 5223),
  },
  { description: "XMPP clients. The TLS port is open if `listen.tls` is set." },
);
