/** Too much of everything: the one who floods is held up, everybody else is served, and memory stays bounded. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { Actor, type CommandFailed } from "./actor.ts";
import { frame, handshake, opcodes, RawSocket } from "./raw.ts";
import { eachCodec, setStage, token, type Stage } from "./stage.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;
const megabyte = 1_048_576;

let halfOpen: ReturnType<typeof openHalf>;
beforeAll(async () => {
  halfOpen = openHalf();
  await halfOpen;
});

describe.each(eachCodec)("floods over %s", (_name, codec) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      codec,
      settings: {
        "limits.commandsPerSecondMax": 20,
        "limits.commandsBurst": 100,
        "limits.sendsPerSecondMax": 20,
        "limits.sendsBurst": 100,
      },
    });
  });
  afterAll(() => stage.close());

  /** Writes a command many times without waiting for anything. */
  function pours(actor: Actor, count: number, command: (index: number) => object): void {
    for (let index = 0; index < count; index++)
      actor.raw(codec.encodeCommand({ id: 1_000 + index, ...command(index) } as never));
  }

  /** The errors among what has come in. */
  const errors = async (actor: Actor) =>
    (await actor.drains()).flatMap((frame) => (frame.type === "error" ? [frame.name] : []));

  test("frames before a hello", async () => {
    const mallory = new Actor(stage, "mallory");
    await mallory.open();
    pours(mallory, 1_000, () => ({ type: "ping" }));
    expect((await mallory.closed).code).toBe(code("flooding"));
  });

  test("frames behind a hello that is still being answered", async () => {
    const mallory = new Actor(stage, "mallory");
    await mallory.open();
    const hello = { type: "hello", token: await token("mallory"), device: "mallory-1" } as const;
    mallory.raw(codec.encodeCommand({ id: 1, ...hello }));
    pours(mallory, 3_000, () => ({ type: "ping" }));
    expect((await mallory.closed).code).toBe(code("flooding"));
  });

  test("commands: refused with a time to wait, and the connection closed if that changes nothing", async () => {
    const [mallory] = await stage.cast("mallory");
    pours(mallory, 150, () => ({ type: "devices" }));
    const refused = await mallory.error("devices", {});
    expect(refused).toMatchObject({ name: "rate_limited", retryable: true });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    pours(mallory, 2_000, () => ({ type: "devices" }));
    expect((await mallory.closed).code).toBe(code("flooding"));
    expect((await mallory.resume()).resumed).toBe(true);
  });

  test("commands over HTTP: the rate is that of a session", async () => {
    const answers = await Promise.all(
      Array.from({ length: 150 }, () => stage.http("mallory", "devices", {})),
    );
    const refused = answers.flatMap((answer) => ("code" in answer ? [answer] : []));
    expect(refused.length).toBeGreaterThan(0);
    // Whatever the rate let through at once, more than the burst cannot be worked on within a second.
    expect(answers.length - refused.length).toBeLessThanOrEqual(120);
    for (const { name } of refused) expect(["rate_limited", "busy"]).toContain(name);
  });

  test("sends over HTTP that are refused: they are paid for as commands are", async () => {
    const names = new Set<string>();
    for (let wave = 0; wave < 3; wave++) {
      const sends = Array.from({ length: 100 }, (_, index) =>
        stage.http("mallet", "send", {
          conversation: "g:0:nowhere2",
          clientId: crypto.randomUUID(),
          clientSeq: index + 1,
          kind: "text",
          content: { text: "?" },
        }),
      );
      for (const answer of await Promise.all(sends)) names.add("code" in answer ? answer.name : "");
    }
    expect(names).toEqual(new Set(["conversation_unknown", "rate_limited"]));
  });

  test("sends: those beyond the rate are refused, every other one arrives in order", async () => {
    const [nina, otto] = await stage.cast("nina", "otto");
    const sends = await Promise.allSettled(
      Array.from({ length: 300 }, (_, index) => nina.says(nina.with(otto), `${index}`)),
    );
    const accepted = sends.flatMap((each, index) => (each.status === "fulfilled" ? [index] : []));
    for (const each of sends) {
      if (each.status === "fulfilled") continue;
      expect((each.reason as CommandFailed).error).toMatchObject({ name: "rate_limited" });
    }
    expect(accepted.length).toBeGreaterThanOrEqual(100);
    expect(accepted.length).toBeLessThan(200);
    for (const index of accepted) await otto.reads(`${index}`);
    expect(await otto.leftovers()).toEqual([]);
  });

  const intoOthers = () => ({
    type: "send",
    conversation: "d:alice:bob",
    clientId: crypto.randomUUID(),
    clientSeq: 1,
    kind: "text",
    content: { text: "?" },
  });
  const refusals = [
    ["into a conversation of others", intoOthers, "not_member"],
    ["with content that does not fit", () => ({ ...intoOthers(), content: {} }), "invalid_params"],
  ] as const;
  // The binary codec cannot even say it.
  const unsayable = [
    ["to a command that does not exist", () => ({ type: "sent" }), "unknown_command"],
  ] as const;
  test.each(codec.name === "json" ? [...refusals, ...unsayable] : refusals)(
    "sends %s count as commands",
    async (_what, command, error) => {
      const mallory = await stage.actor(`mallory-${error}`);
      pours(mallory, 4_000, command);
      expect((await mallory.closed).code).toBe(code("flooding"));
      const names = mallory.unread.flatMap((each) => (each.type === "error" ? [each.name] : []));
      // Of those that a lookup refuses, up to 1,024 may be under way before the first answer.
      expect(names.filter((name) => name === error).length).toBeLessThan(1_400);
      expect(names.filter((name) => name === "rate_limited").length).toBeGreaterThan(500);
    },
  );

  test("HTTP is no way around the limits", async () => {
    const bearer = await token("httpflood");
    const names = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const reply = (await stage.post("/api/commands/devices", {}, bearer)) as { name?: string };
        return reply.name ?? "ok";
      }),
    );
    const limited = names.filter((name) => name === "rate_limited" || name === "busy");
    expect(limited.length).toBeGreaterThan(100);
    expect(names.filter((name) => name === "ok").length + limited.length).toBe(300);
  });

  test("the flood of one is nobody else's", async () => {
    const [mallory, paul, rosa] = await stage.cast("mallory-2", "paul", "rosa");
    pours(mallory, 1_000, (index) => ({
      type: "send",
      ...mallory.draft(mallory.with(rosa), `spam ${index}`),
    }));
    await paul.says(paul.with(rosa), "in between");
    const { message } = await rosa.hears("message", (event) => event.message.sender === "paul");
    expect(message.content["text"]).toBe("in between");
    expect((await errors(mallory)).every((name) => name === "rate_limited")).toBe(true);
  });
});

describe("connections", () => {
  test("past the bound are refused until one has gone", async () => {
    const stage = await setStage({ settings: { "limits.connectionsPerAddressMax": 3 } });
    const actors = await stage.cast("alice", "bob", "carol");
    const refused = await RawSocket.upgraded(stage.url);
    expect(refused.status).toBe(503);
    expect(refused.head.toLowerCase()).toContain("retry-after: 1");
    await actors[0].says(actors[0].with(actors[1]), "still here");
    await actors[1].reads("still here");
    await actors[2].cut();
    await stage.metricReaches("godwit_connections", (now) => now === 2);
    await stage.cast("dave");
    await stage.close();
  });
});

describe.each(eachCodec)("slow readers over %s", (_name, codec) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ codec, settings: { "limits.writeBufferBytesMax": megabyte } });
  });
  afterAll(() => stage.close());

  const opcode = codec.name === "json" ? opcodes.text : opcodes.binary;

  /** A connection past its hello that reads nothing more. */
  async function deaf(user: string): Promise<RawSocket> {
    const { socket } = await RawSocket.upgraded(stage.url, {
      "sec-websocket-protocol": codec.subprotocol,
    });
    const hello = { type: "hello", id: 1, token: await token(user), device: "deaf" } as const;
    socket.write(frame(opcode, codec.encodeCommand(hello)));
    await socket.frame();
    socket.deafen();
    return socket;
  }

  test("are cut off, while their neighbours hear everything and memory stays bounded", async () => {
    const slow = Array.from({ length: 20 }, (_, index) => `slow${index}`);
    const sockets = await Promise.all(slow.map(deaf));
    const [alice, bob] = await stage.cast("alice", "bob");
    const members = ["bob", ...slow];
    const { conversation } = await alice.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "Loud",
      members,
    });
    // What earlier plays left behind is not this one's.
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          alice.says(conversation.id, `${round} ${index} ${"x".repeat(60_000)}`),
        ),
      );
      for (let index = 0; index < 10; index++) {
        const { message } = await bob.hears("message", (event) => event.message.kind === "text");
        expect(message.content["text"]).toStartWith(`${round} ${index} x`);
      }
    }
    // 12 MB were sent to each of them: 240 MB, if nobody had stopped it.
    Bun.gc(true);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * megabyte);
    await stage.metricReaches("godwit_connections", (now) => now === 2);
    for (const socket of sockets) {
      socket.listen();
      const closed = await socket.closeCode();
      if (closed !== undefined) expect(closed).toBe(code("slow_reader"));
      socket.destroy();
    }
    const back = await stage.actor("slow0", { device: "deaf" });
    const { messages } = await back.call("history", { conversation: conversation.id, limit: 1 });
    expect(messages[0]?.content["text"]).toStartWith("19 9 x");
  });

  test("a burst larger than the buffer reaches a reader who keeps up", async () => {
    const [carol, dave] = await stage.cast("carol", "dave");
    const texts = Array.from({ length: 50 }, (_, index) => `${index} ${"y".repeat(60_000)}`);
    await carol.says(carol.with(dave), "first");
    await dave.reads("first");
    const acks = texts.map((text) => carol.says(carol.with(dave), text));
    for (const text of texts) await dave.reads(text);
    await Promise.all(acks);
    expect(dave.welcome?.session).toBe((await dave.resume()).session);
  });

  test("a slow reader whose account is disabled does nothing any more", async () => {
    const socket = await deaf("eve");
    const [frank] = await stage.cast("frank");
    const conversation = frank.with("eve");
    const connections = await stage.metric("godwit_connections");
    await frank.says(conversation, "first");
    // More than the socket takes, and not enough for the reader to be cut off.
    for (let index = 0; index < 75; index++)
      await frank.says(conversation, `${index} ${"z".repeat(60_000)}`);
    expect(await stage.metric("godwit_connections")).toBe(connections);
    const disabled = { disabled: true };
    await stage.post("/api/admin/users/eve", disabled, await stage.adminToken(), "PATCH");
    const send = {
      type: "send",
      id: 2,
      conversation,
      clientId: crypto.randomUUID(),
      clientSeq: 1,
      kind: "text",
      content: { text: "I am still here" },
    } as const;
    socket.write(frame(opcode, codec.encodeCommand(send)));
    await stage.metricReaches("godwit_connections", (now) => now < connections);
    expect((await frank.sees(conversation)).lastSeq).toBe(76);
    expect(await frank.leftovers()).toEqual([]);
    socket.listen();
    expect(await socket.closeCode()).toBe(code("account_disabled"));
    socket.destroy();
  });
});

/** Sockets that were opened before all other plays of this file: the runtime gives them twelve seconds. */
describe("half-open connections", () => {
  test("are closed in time, and hold nobody up", async () => {
    const { stage, quiet, half } = await halfOpen;
    const [alice, bob] = await stage.cast("alice", "bob");
    await alice.says(alice.with(bob), "all is well");
    await bob.reads("all is well");
    for (const socket of quiet) expect(await socket.closeCode()).toBe(code("connect_deadline"));
    for (const socket of half) await socket.gone(15_000);
    await stage.close();
  }, 20_000);
});

async function openHalf() {
  const stage = await setStage({ settings: { "sessions.connectDeadlineMs": 1_000 } });
  const open = (count: number) =>
    Promise.all(Array.from({ length: count }, () => RawSocket.open(stage.url)));
  const [silent, halfway] = await Promise.all([open(50), open(50)]);
  for (const socket of halfway) socket.write(handshake(stage.url).slice(0, 60));
  const upgraded = Array.from({ length: 50 }, () => RawSocket.upgraded(stage.url));
  const quiet = (await Promise.all(upgraded)).map(({ socket }) => socket);
  return { stage, quiet, half: [...silent, ...halfway] };
}
