import { expect, test } from "bun:test";
import { MqttClient } from "./client.ts";

/** MQTT 5.0 section 3.1: client id `a`, and as the password what looks like a token. */
const connect = Buffer.from("101500044d51545405420000000001610005612e622e63", "hex");
const pingreq = Uint8Array.of(0xc0, 0x00);

test("a fault of the server's in packets that were held back ends the connection, and nothing else", async () => {
  const logged: unknown[] = [];
  const log = { error: (fields: unknown) => logged.push(fields), debug: () => undefined };
  const fault = new TypeError("of the test");
  const accounts = { authenticate: () => Promise.reject(fault) };
  const shared = { log, accounts, config: { packetBytesMax: 1_000 } };
  const stream = { pause: () => undefined, resume: () => undefined, end: () => undefined };
  const client = new MqttClient(stream as never, shared as never);
  const closes: string[] = [];
  client.data(connect);
  client.enter({
    receive: () => {
      throw fault;
    },
    close: (name: string) => closes.push(name),
  } as never);
  client.data(pingreq);
  expect(closes).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  // First that of the sign-in, then that of the packet behind it.
  expect(closes).toEqual(["internal", "internal"]);
  expect(logged).toEqual([{ error: fault }, { error: fault }]);
});
