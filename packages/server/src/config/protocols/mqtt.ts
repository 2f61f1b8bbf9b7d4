import { group } from "../setting.ts";
import { doorEnabled, doorPort } from "./door.ts";

export const mqttSettings = group(
  {
    enabled: doorEnabled("MQTT"),
    port: doorPort("MQTT", 1883),
    tlsPort: doorPort("MQTT over TLS", 8883),
  },
  { description: "MQTT 3.1.1 and 5.0. The TLS port is open if `listen.tls` is set." },
);
