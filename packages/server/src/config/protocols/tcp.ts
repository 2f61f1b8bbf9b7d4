import { group } from "../setting.ts";
import { doorEnabled, doorPort } from "./door.ts";

export const tcpSettings = group(
  {
    enabled: doorEnabled("binary TCP"),
    port: doorPort("binary TCP", 8481),
  },
  {
    description:
      "Binary TCP: many sessions on one connection. TLS 1.3 on the same port with the files of `listen.tls`.",
  },
);
