/** Stream management with clients that are slow, and clients that lose their connection at the worst time. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openMemoryStore } from "../../../packages/server/src/store/memory/memory.ts";
import type { Store } from "../../../packages/server/src/store/port.ts";
import type { Stage } from "../stage.ts";
import { bodyOf, named, Player, portOf, setXmppStage, space, type PlayerOptions } from "./kit.ts";

/** A store whose appends can be made to wait after they are committed: nobody has heard of it yet. */
async function hesitantStore() {
  const store = await openMemoryStore();
  const mood = { gate: Promise.resolve(), asked: () => undefined as void };
  const append: Store["messages"]["append"] = async (...args) => {
    const outcomes = await store.messages.append(...args);
    mood.asked();
    await mood.gate;
    return outcomes;
  };
  const messages = new Proxy(store.messages, {
    get: (target, name) => {
      if (name === "append") return append;
      const method: unknown = Reflect.get(target, name);
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
  return { mood, store: { ...store, messages } };
}

const ringEntries = 16;
let stage: Stage;
let mood: Awaited<ReturnType<typeof hesitantStore>>["mood"];
beforeAll(async () => {
  const hesitant = await hesitantStore();
  mood = hesitant.mood;
  const settings = {
    "limits.sendsBurst": 10_000,
    "limits.commandsBurst": 10_000,
    "sessions.ringEntriesMax": ringEntries,
  };
  stage = await setXmppStage({ overrides: { store: hesitant.store }, settings });
});
afterAll(() => stage.close());

const player = (user: string, options: PlayerOptions = {}) =>
  new Player(() => portOf(stage), user, options);

/** Appends are committed and nobody hears of it; `asked` resolves when one is. */
function hold() {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  mood.gate = gate.promise;
  mood.asked = asked.resolve;
  return { asked: asked.promise, release: gate.resolve };
}

describe("a message that was committed when its sender lost the connection", () => {
  const without = (text: string) => `<message to="keeper@localhost"><body>${text}</body></message>`;
  const short = (text: string) => without(text).replace("<message", '<message id="m1"');

  test.each([
    ["without an id", without],
    ["with a short id", short],
  ])("%s is stored once when it is said again", async (name, message) => {
    const user = `sender-${name.split(" ").at(-2)}`;
    const keeper = await stage.actor("keeper", { device: name.replaceAll(" ", "-") });
    const sender = await player(user).enter();
    sender.write(message("settled"));
    await keeper.reads("settled");
    const handled = await sender.settled();
    const held = hold();
    sender.write(message("in flight"));
    await held.asked;
    await sender.cut();
    await stage.metricReaches("godwit_sessions_detached", (detached) => detached === 1);
    held.release();
    await keeper.reads("in flight");
    const resumed = await sender.resume();
    expect(resumed.name).toBe("resumed");
    expect(Number(resumed.attrs["h"])).toBe(handled);
    sender.write(message("in flight"));
    sender.write(message("in flight").replace('"m1"', '"m2"'));
    sender.write(message("after"));
    await keeper.reads("in flight");
    await keeper.reads("after");
    expect((await keeper.sees(keeper.with(user))).lastSeq).toBe(4);
    await sender.leave();
  });

  test("with a short id is stored once when the server was started again meanwhile", async () => {
    const own = await setXmppStage({ settings: { "store.engine": "sqlite" } });
    try {
      const reader = await own.actor("reader");
      const port = () => portOf(own);
      const sender = await new Player(port, "writer").enter();
      sender.says("reader@localhost", "once", { id: "m1" });
      await reader.reads("once");
      for (let starts = 0; starts < 2; starts++) {
        await own.restart();
        expect((await sender.resume()).name).toBe("failed");
        await sender.bind();
        sender.says("reader@localhost", "once", { id: "m1" });
        await sender.settled();
      }
      const again = await own.actor("reader");
      expect((await again.sees(again.with("writer"))).lastSeq).toBe(1);
    } finally {
      await own.close();
    }
  });
});

describe("a client that is slow to acknowledge", () => {
  const acknowledge = (slow: Player) => slow.write(`<a xmlns="${space.sm}" h="${slow.handled}"/>`);
  const texts = (slow: Player) =>
    slow.unasked.map((each) => bodyOf(each)).filter((text) => text !== undefined);

  test("gets what it missed as fast as it acknowledges it, and is not cut", async () => {
    const slow = player("slow", { polite: false });
    await stage.http("slow", "devices", {});
    const peers = await stage.cast("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9");
    const count = 50;
    for (const peer of peers)
      await Promise.all(
        Array.from({ length: count }, (_, at) =>
          peer.says(peer.with("slow"), `${peer.user}-${at}`),
        ),
      );
    await slow.enter();
    let acknowledged = 0;
    for (;;) {
      // The server waits: it has written no more than it waits for, and answers what is asked meanwhile.
      await slow.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
      const missed = texts(slow).length;
      expect(missed - acknowledged).toBeLessThan(320);
      if (missed === peers.length * count) break;
      acknowledged = missed;
      acknowledge(slow);
    }
    acknowledge(slow);
    await peers[0].says(peers[0].with("slow"), "live");
    await slow.hears((each) => bodyOf(each) === "live");
    expect(new Set(texts(slow)).size).toBe(peers.length * count);
    expect(slow.unasked.some(named("error"))).toBe(false);
  }, 20_000);

  test("misses nothing and gets nothing twice when more comes meanwhile than its session keeps", async () => {
    await stage.http("slower", "devices", {});
    const peers = await stage.cast("t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7");
    const [first] = peers;
    const say = (peer: (typeof peers)[number], text: string) =>
      peer.says(peer.with("slower"), text);
    const wanted = peers.flatMap(({ user }) =>
      Array.from({ length: 40 }, (_, at) => `${user} ${at}`),
    );
    for (const peer of peers)
      await Promise.all(
        wanted.filter((text) => text.startsWith(peer.user)).map((text) => say(peer, text)),
      );
    const slower = await player("slower", { polite: false }).enter();
    // It waits for an acknowledgement: what comes now is more than the ring of its session.
    await slower.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
    expect(texts(slower).length).toBeLessThan(wanted.length);
    for (let at = 0; at < ringEntries * 2; at++) {
      wanted.push(`more ${at}`);
      await say(first, `more ${at}`);
    }
    while (texts(slower).length < wanted.length) {
      acknowledge(slower);
      await slower.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");
    }
    acknowledge(slower);
    await say(first, "live");
    await slower.hears((each) => bodyOf(each) === "live");
    expect(texts(slower).toSorted()).toEqual(wanted.toSorted());
    expect(slower.unasked.some(named("error"))).toBe(false);
  }, 20_000);
});
