import { expect, test } from "bun:test";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import { FakeClock } from "../../../../lib/testing/fake-clock.ts";
import { Entering } from "../muc/rooms.ts";
import { ns } from "../namespaces.ts";
import { el } from "../xml/element.ts";
import { Client, type Manners } from "./client.ts";

/** A client with everything around it made up. */
function stand(given: Partial<Manners> = {}) {
  const clock = new FakeClock();
  const said: string[] = [];
  const closes: string[] = [];
  const replays: number[] = [];
  const acknowledged: number[] = [];
  const holds: boolean[] = [];
  const config = { commandsPerSecondMax: 1_000_000, commandsBurst: 1_000_000 };
  const log = { error: () => undefined };
  const session = {
    id: "s1",
    live: true,
    connection: {},
    acknowledge: (position: number) => void acknowledged.push(position),
    ring: { start: 0 },
  };
  const handOver = (_: Client, from: number) => {
    replays.push(from);
    session.live = true;
    return Promise.resolve();
  };
  const dispatcher = { dispatch: () => undefined };
  const laterMs: number[] = [];
  const later = (_: unknown, ms: number) => void laterMs.push(ms);
  const services = { clock, config, log, dispatcher, later };
  const manners = { route: () => undefined, show: () => undefined, handOver, ...given };
  const address = { bare: "ann@localhost", full: "ann@localhost/phone" };
  const client = new Client(services as never, address as never, session as never, manners);
  const socket = { congested: false };
  const link = () => ({
    inherited: ns.client,
    get congested() {
      return socket.congested;
    },
    say: (text: string) => said.push(text),
    close: (name: string) => closes.push(name),
    hold: (held: boolean) => void holds.push(held),
  });
  const attach = () => {
    const own = link() as never;
    client.attach(own);
    return own;
  };
  const around = { clock, said, closes, session, replays, laterMs, socket, acknowledged, holds };
  return { client, attach, ...around };
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

test("a client that was cut comes back if it has what was forgotten, and otherwise is not told that it has it", () => {
  const show: Manners["show"] = (client) => client.sayEvent("<message/>");
  const event = { frame: { type: "message" } } as unknown as Outgoing;
  for (const [handled, resumption, settled] of [
    [32_768, { position: 1 }, []],
    [32_767, undefined, [1]],
  ] as const) {
    const { client, attach, acknowledged, session, closes } = stand({ show });
    const link = attach();
    client.manage(true);
    client.event(event);
    session.live = false;
    for (let answers = 0; answers < 32_766; answers++) client.say("<iq>of some length</iq>");
    expect(closes).toEqual([]);
    client.say("<iq/>");
    expect(closes).toEqual(["slow_reader"]);
    if (handled < 32_768) {
      // There is no place for these: whatever is acknowledged, the event is not.
      client.say("<iq/>");
      client.event(event);
    }
    client.detach(link);
    expect(client.resumption(handled)).toEqual(resumption);
    expect(acknowledged).toEqual([...settled]);
  }
});

test("a client whose socket has not taken everything yet is slow, and is not cut", async () => {
  const { client, attach, clock, closes, socket } = stand();
  attach();
  client.manage(true);
  for (let answers = 0; answers < 300; answers++) client.say("<iq/>");
  const room = client.room();
  socket.congested = true;
  for (let minutes = 0; minutes < 10; minutes++) {
    clock.advance(60_000);
    client.cutIfStalled();
  }
  expect(closes).toEqual([]);
  socket.congested = false;
  clock.advance(121_000);
  client.cutIfStalled();
  expect(closes).toEqual(["slow_reader"]);
  client.acknowledged(300);
  await room;
});

test("a client that answers no questions is believed to have what its socket has taken, and one that does is not", () => {
  const show: Manners["show"] = (client) =>
    client.sayEvent("<message/>", { conversation: "d:a:b", seq: 1 });
  const event = { frame: { type: "message" } } as unknown as Outgoing;
  for (const answers of [false, true]) {
    const { client, attach, clock, said, acknowledged, socket } = stand({ show });
    attach();
    client.event(event);
    expect(said.length).toBe(2);
    if (answers) client.acknowledged(2);
    acknowledged.length = 0;
    client.event(event);
    clock.advance(59_000);
    client.heard(clock.monotonic());
    expect(acknowledged).toEqual([]);
    socket.congested = true;
    clock.advance(2_000);
    client.heard(clock.monotonic());
    expect(acknowledged).toEqual([]);
    socket.congested = false;
    client.heard(clock.monotonic());
    expect(acknowledged).toEqual(answers ? [] : [2]);
  }
});

test("what was under way on a stream that is gone is under way no more on the next", () => {
  const { client, attach } = stand();
  const first = attach();
  client.manage(true);
  client.rooms.arriving.add("room@conference.localhost");
  client.rooms.entering.set("g:1", new Entering());
  client.detach(first);
  attach();
  expect([client.rooms.arriving.size, client.rooms.entering.size]).toEqual([0, 0]);
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

test("what begins before stream management is no part of its counts, and holds nobody up in it", async () => {
  const works: (() => void)[] = [];
  const route = () => new Promise<void>((resolve) => works.push(resolve));
  const { client, attach, holds } = stand({ route });
  attach();
  for (let stanzas = 0; stanzas < 300; stanzas++) client.stanza(el("iq", ns.client, {}));
  expect(holds.at(-1)).toBe(true);
  client.manage(true);
  expect(holds.at(-1)).toBe(false);
  client.stanza(el("message", ns.client, {}));
  for (const end of works.slice(0, 300)) end();
  await Bun.sleep(0);
  expect(client.handled).toBe(0);
  works[300]?.();
  await Bun.sleep(0);
  expect(client.handled).toBe(1);
});
