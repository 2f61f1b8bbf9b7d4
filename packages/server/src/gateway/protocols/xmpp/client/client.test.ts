import { expect, test } from "bun:test";
import { Client } from "./client.ts";

test("a client that is answered and acknowledges nothing is cut in the end", () => {
  const closes: string[] = [];
  let said = 0;
  const services = { clock: { monotonic: () => 0 }, later: () => undefined };
  const manners = { route: () => undefined, show: () => undefined };
  const client = new Client(services as never, {} as never, {} as never, manners);
  const say = () => said++;
  const close = (name: string) => closes.push(name);
  client.attach({ inherited: "jabber:client", say, close } as never);
  client.manage(true);
  for (let answers = 0; answers < 32_000; answers++) client.say("<iq/>");
  expect(closes).toEqual([]);
  for (let answers = 0; answers < 1_000; answers++) client.say("<iq/>");
  expect(closes[0]).toBe("slow_reader");
  expect(said).toBeLessThan(33_000);
});
