import { expect, test } from "bun:test";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import { FakeClock } from "../../../../lib/testing/fake-clock.ts";
import { ns } from "../namespaces.ts";
import { el } from "../xml/element.ts";
import { Client, type Manners } from "./client.ts";

/** A client with everything around it made up. */
function stand(given: Partial<Manners> = {}) {
  const clock = new FakeClock();
  const said: string[] = [];
  const closes: string[] = [];
  const replays: number[] = [];
  const config = { commandsPerSecondMax: 1_000_000, commandsBurst: 1_000_000 };
  const log = { error: () => undefined };
  const session = {
    id: "s1",
    live: true,
    connection: {},
    acknowledge: () => undefined,
    ring: { start: 0 },
  };
  const greeter = {
    handOver: ({ from }: { readonly from: number }) => {
      replays.push(from);
      session.live = true;
      return Promise.resolve();
    },
  };
  const dispatcher = { dispatch: () => undefined };
  const laterMs: number[] = [];
  const later = (_: unknown, ms: number) => void laterMs.push(ms);
  const services = { clock, config, log, greeter, dispatcher, later };
  const manners = { route: () => undefined, show: () => undefined, ...given };
  const address = { bare: "ann@localhost", full: "ann@localhost/phone" };
  const client = new Client(services as never, address as never, session as never, manners);
  const link = () => ({
    inherited: ns.client,
    say: (text: string) => said.push(text),
    close: (name: string) => closes.push(name),
    hold: () => undefined,
  });
  const attach = () => {
    const own = link() as never;
    client.attach(own);
    return own;
  };
  return { client, attach, clock, said, closes, session, replays, laterMs };
}

test("a client that has gone quiet is asked once for what it was answered, a little later", () => {
  const { client, attach, clock, said, laterMs } = stand();
  attach();
  client.manage(true);
  for (let answers = 0; answers < 3; answers++) client.say("<iq/>");
  const asked = () => said.filter((text) => text.startsWith("<r ")).length;
  expect([asked(), laterMs]).toEqual([0, [5_000]]);
  // A message is asked for at once all the same.
  client.say("<message/>", { conversation: "d:a:b", seq: 1 });
  expect(asked()).toBe(1);
  client.acknowledged(4);
  client.due();
  expect([asked(), laterMs]).toEqual([1, [5_000]]);
  client.say("<iq/>");
  clock.advance(5_000);
  client.due();
  expect([asked(), laterMs]).toEqual([2, [5_000, 5_000]]);
});

test("a client that is answered and acknowledges nothing is cut in the end", () => {
  const { client, attach, said, closes } = stand();
  attach();
  client.manage(true);
  for (let answers = 0; answers < 32_000; answers++) client.say("<iq/>");
  expect(closes).toEqual([]);
  for (let answers = 0; answers < 1_000; answers++) client.say("<iq/>");
  expect(closes[0]).toBe("slow_reader");
  expect(said.length).toBeLessThan(33_000);
});

test("a client that is told more than it acknowledges waits, and is told the rest when it has", async () => {
  const show: Manners["show"] = (client) =>
    client.sayEvent("<message/>", { conversation: "d:a:b", seq: 1 });
  const { client, attach, clock, closes, session, replays } = stand({ show });
  attach();
  client.manage(true);
  const event = { frame: { type: "message" } } as unknown as Outgoing;
  for (let events = 0; events < 5_000; events++) if (session.live) client.event(event);
  expect([session.live, replays]).toEqual([false, []]);
  clock.advance(110_000);
  client.cutIfStalled();
  expect(closes).toEqual([]);
  client.acknowledged(2_000);
  clock.advance(110_000);
  client.cutIfStalled();
  expect(closes).toEqual([]);
  client.acknowledged(4_000);
  await Bun.sleep(0);
  expect([session.live, replays]).toEqual([true, [4_096]]);
  // One that acknowledges nothing at all any more is not waited for without end.
  for (let events = 0; events < 5_000; events++) if (session.live) client.event(event);
  clock.advance(130_000);
  client.cutIfStalled();
  expect(closes).toEqual(["slow_reader"]);
});

test("what ends after its stream does is not counted to the next one", async () => {
  const works: (() => void)[] = [];
  const route = () => new Promise<void>((resolve) => works.push(resolve));
  const { client, attach } = stand({ route });
  const first = attach();
  client.manage(true);
  client.stanza(el("iq", ns.client, { type: "set", id: "1" }));
  client.detach(first);
  attach();
  client.stanza(el("message", ns.client, {}));
  works[0]?.();
  await Bun.sleep(0);
  expect(client.handled).toBe(0);
  works[1]?.();
  await Bun.sleep(0);
  expect(client.handled).toBe(1);
});
