/** What strangers may send, and that nobody else is worse off for it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeCodes, limits } from "@godwit/protocol";
import { hostileCases, type HostileCase } from "@godwit/protocol/cases";
import { Actor } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { frame, opcodes, RawSocket } from "./raw.ts";
import { eachRawWay, setStage, token, type Stage } from "./stage.ts";
import { hostSecret, signed, unsigned } from "./tokens.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;
/** What a WebSocket server may answer to a frame that is too long, before anybody reads it. */
const tooLong = [code("frame_too_large"), 1009, 1006];

describe.each(eachRawWay)("a hostile client over %s", (_name, way) => {
  const { codec } = way;
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({ way, overrides: { clock } });
  });
  afterAll(() => stage.close());

  const mine = hostileCases.filter((each) => each.codec === codec.name);
  test.each(mine.map((each) => [each.name, each] as const))("%s", async (_what, each) => {
    // What is wrong with a hello shows before there was one.
    const mallory = new Actor(stage, "mallory");
    await (isHello(each.data) ? mallory.open() : mallory.connect());
    mallory.raw(each.data);
    await endsAs(mallory, each);
    mallory.leaveStage();
  });

  function isHello(data: string | Uint8Array): boolean {
    try {
      return codec.decodeCommand(data).type === "hello";
    } catch {
      return false;
    }
  }

  async function endsAs(mallory: Actor, { outcome, field }: HostileCase): Promise<void> {
    switch (outcome) {
      case "bad_frame":
        expect((await mallory.closed).code).toBe(code("bad_frame"));
        break;
      case "frame_too_large":
        expect(tooLong).toContain((await mallory.closed).code);
        break;
      case "unknown_command":
      case "invalid_params": {
        const { name, message } = await mallory.complaint();
        expect(name).toBe(outcome);
        if (field !== undefined) expect(message).toContain(field);
        break;
      }
      case "accepted":
        for (const left of await mallory.leftovers())
          expect(left).not.toMatchObject({ name: /^(invalid_params|unknown_command)$/ });
    }
  }

  test("the same frames before a hello end no better", async () => {
    for (const each of mine) {
      const early = new Actor(stage, "early");
      await early.open();
      early.raw(each.data);
      if (each.outcome === "bad_frame" || each.outcome === "frame_too_large")
        expect((await early.closed).code).toBeGreaterThan(1_000);
      else
        expect((await early.complaint()).name).toMatch(
          /^(hello_required|invalid_params|token_invalid)$/,
        );
      early.leaveStage();
    }
  });

  describe("frames", () => {
    const hello = async (user: string) =>
      codec.encodeCommand({
        type: "hello",
        id: 1,
        token: await token(user),
        device: `${user}-raw`,
      });
    const opcode = codec.name === "json" ? opcodes.text : opcodes.binary;

    /** A raw connection past its hello. */
    async function greeted(user: string): Promise<RawSocket> {
      const { socket, status } = await RawSocket.upgraded(stage.url, {
        "sec-websocket-protocol": codec.subprotocol,
      });
      expect(status).toBe(101);
      socket.write(frame(opcode, await hello(user)));
      expect((await socket.frame())?.opcode).toBe(opcode);
      return socket;
    }

    test("a message may come in fragments, with a ping in between", async () => {
      const { socket } = await RawSocket.upgraded(stage.url, {
        "sec-websocket-protocol": codec.subprotocol,
      });
      const bytes = Buffer.from((await hello("fragments")) as Uint8Array);
      socket.write(frame(opcode, bytes.subarray(0, 9), { fin: false }));
      socket.write(frame(opcodes.ping, "are you there?"));
      socket.write(frame(opcodes.continuation, bytes.subarray(9, 20), { fin: false }));
      socket.write(frame(opcodes.continuation, bytes.subarray(20)));
      expect(await socket.frame()).toMatchObject({ opcode: opcodes.pong });
      expect((await socket.frame())?.opcode).toBe(opcode);
      socket.destroy();
    });

    test("one byte at a time is as good as all at once", async () => {
      const { socket } = await RawSocket.upgraded(stage.url, {
        "sec-websocket-protocol": codec.subprotocol,
      });
      for (const byte of frame(opcode, await hello("drop"))) socket.write(Uint8Array.of(byte));
      expect((await socket.frame())?.opcode).toBe(opcode);
      socket.destroy();
    });

    test("pongs that nobody asked for, and many pings, do no harm", async () => {
      const socket = await greeted("pinger");
      for (let index = 0; index < 500; index++) {
        socket.write(frame(opcodes.pong, "unasked"));
        socket.write(frame(opcodes.ping, `${index}`));
      }
      for (let index = 0; index < 500; index++)
        expect((await socket.frame())?.payload.toString()).toBe(`${index}`);
      socket.destroy();
    });

    test.each([
      ["an unmasked frame", frame(opcode, "{}", { masked: false })],
      ["a reserved bit", frame(opcode, "{}", { reserved: 1 })],
      ["an unknown opcode", frame(5, "{}")],
      ["an unknown control opcode", frame(11, "{}")],
      ["a continuation of nothing", frame(opcodes.continuation, "{}")],
      ["a ping of 126 bytes", frame(opcodes.ping, "x".repeat(126))],
      ["a fragmented ping", frame(opcodes.ping, "x", { fin: false })],
      [
        "a message within a message",
        Buffer.concat([frame(opcode, "{", { fin: false }), frame(opcode, "}")]),
      ],
      ["a length of 2^63", Buffer.from("81ffffffffffffffffff01020304", "hex")],
      [
        "a length of one byte more than is allowed",
        frame(opcode, "x".repeat(limits.frameBytesMax + 1)),
      ],
      [
        "fragments that are together too long",
        Buffer.concat([
          frame(opcode, "x".repeat(limits.frameBytesMax - 1), { fin: false }),
          frame(opcodes.continuation, "x".repeat(10)),
        ]),
      ],
      ["text that is no UTF-8", frame(opcodes.text, Uint8Array.of(0x7b, 0xc3, 0x28, 0x7d))],
      ["a close frame of one byte", frame(opcodes.close, "x")],
    ])("%s ends the connection", async (_what, bytes) => {
      const socket = await greeted("breaker");
      socket.write(bytes);
      await socket.gone();
    });

    test("a connection that is cut in the middle of a frame leaves nothing behind", async () => {
      const before = await stage.metric("godwit_connections");
      for (let index = 0; index < 20; index++) {
        const socket = await greeted(`cut${index}`);
        socket.write(frame(opcode, "x".repeat(10_000)).subarray(0, 5_000));
        socket.destroy();
      }
      await stage.metricReaches("godwit_connections", (now) => now <= before);
    });
  });

  describe("ids", () => {
    test("one command id for several commands is the client's own confusion", async () => {
      const [eve, frank] = await stage.cast("eve", "frank");
      for (let index = 0; index < 3; index++) {
        const send = { type: "send", id: 99, ...eve.draft(eve.with(frank), `${index}`) } as const;
        eve.raw(codec.encodeCommand(send));
      }
      for (let index = 0; index < 3; index++) await frank.reads(`${index}`);
      const replies = (await eve.leftovers()).filter(({ type }) => type === "send");
      expect(replies).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
    });

    test("twenty copies of one send in flight are one message", async () => {
      const [gail, hank] = await stage.cast("gail", "hank");
      const draft = gail.draft(gail.with(hank), "once");
      const acks = await Promise.all(Array.from({ length: 20 }, () => gail.call("send", draft)));
      const over = await stage.http("gail", "send", draft);
      for (const ack of [...acks, over]) expect(ack).toMatchObject({ seq: 1 });
      expect(acks.filter(({ duplicate }) => duplicate !== true)).toHaveLength(1);
      await hank.reads("once");
      expect(await hank.leftovers()).toEqual([]);
    });

    test("another user's client id is free, one's own is not, wherever it was used", async () => {
      const [ivan, judy, kate] = await stage.cast("ivan", "judy", "kate");
      const draft = ivan.draft(ivan.with(judy), "mine");
      await ivan.call("send", draft);
      expect(await ivan.refused("send", { ...draft, conversation: ivan.with(kate) })).toBe(
        "conflict",
      );
      expect(await ivan.refused("send", { ...draft, priority: "important" })).toBe("conflict");
      expect(await ivan.refused("send", { ...draft, mentions: ["judy"] })).toBe("conflict");
      const own = { ...draft, conversation: kate.with(judy) };
      expect((await kate.call("send", own)).seq).toBe(1);
      const again = await ivan.call("send", draft);
      expect(again).toMatchObject({ seq: 1, duplicate: true });
    });
  });

  describe("tokens", () => {
    const later = Date.now() + 3_600_000;
    const parts = (text: string) => text.split(".") as [string, string, string];
    const claims = (more: object) => Buffer.from(JSON.stringify(more)).toString("base64url");
    test.each([
      [
        "signed with another secret",
        () => signed("alice", "another secret of forty bytes and more!", later),
      ],
      ["without a signature", async () => unsigned("alice", later)],
      [
        "with its signature cut off",
        async () =>
          `${parts(await token("alice"))
            .slice(0, 2)
            .join(".")}.`,
      ],
      [
        "whose subject was exchanged",
        async () => {
          const [head, , signature] = parts(await token("mallory"));
          return `${head}.${claims({ sub: "alice", exp: later / 1000 })}.${signature}`;
        },
      ],
      ["for nobody", () => signed("", hostSecret, later)],
      ["for a name that is no user id", () => signed("../alice", hostSecret, later)],
    ] as const)("a token %s is refused", async (_what, make) => {
      const mallory = new Actor(stage, "mallory");
      await mallory.open();
      const hello = { token: await make(), device: "alice-9" };
      expect(await mallory.refused("hello", hello)).toBe("token_invalid");
      expect((await mallory.closed).code).toBe(code("token_invalid"));
    });

    test("a host application cannot make administrators", async () => {
      const boss = await stage.actor("boss", {
        token: await signed("boss", hostSecret, later, { adm: true, admin: true, role: "admin" }),
      });
      expect(await boss.refused("kick", { user: "alice" })).toBe("forbidden");
    });
  });

  test("a wall clock that jumps a day ahead and two days back disturbs nothing", async () => {
    const [lena, mike] = await stage.cast("lena", "mike");
    const conversation = lena.with(mike);
    const times: number[] = [];
    for (const [index, jumpMs] of [0, 86_400_000, -2 * 86_400_000, 3_600_000].entries()) {
      clock.jump(jumpMs);
      const { seq, time } = await lena.says(conversation, `${index}`);
      expect(seq).toBe(index + 1);
      times.push(time);
      await mike.reads(`${index}`);
      await mike.call("read", { conversation, seq });
      await lena.hears("receipt", ({ read }) => read === seq);
      await mike.cut();
      expect(await mike.resume()).toMatchObject({ resumed: true });
    }
    expect(times[1]).toBeGreaterThan((times[0] ?? 0) + 86_000_000);
    const { messages } = await mike.call("history", { conversation });
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await stage.cast("nora");
    clock.jump(86_400_000 - 3_600_000);
  });

  test("and a well-behaved client is served at the end", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    await alice.says(alice.with(bob), "all is well");
    await bob.reads("all is well");
  });
});

describe("the handshake", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ settings: { "listen.origins": ["https://chat.example.org"] } });
  });
  afterAll(() => stage.close());

  const offer = (names: string) => ({ "sec-websocket-protocol": names });
  test.each([
    ["none, which means JSON", {}, 101, undefined],
    ["JSON", offer("godwit.json.v1"), 101, "godwit.json.v1"],
    ["binary first", offer("godwit.bin.v1, godwit.json.v1"), 101, "godwit.bin.v1"],
    ["JSON first", offer("godwit.json.v1,godwit.bin.v1"), 101, "godwit.json.v1"],
    [
      "one that is not known beside one that is",
      offer("mqtt, godwit.bin.v1"),
      101,
      "godwit.bin.v1",
    ],
    ["only unknown ones", offer("mqtt, godwit.json.v9"), 400, undefined],
    ["an allowed origin", { origin: "https://chat.example.org" }, 101, undefined],
    ["another origin", { origin: "https://evil.example.org" }, 403, undefined],
    [
      "an origin that only looks alike",
      { origin: "https://chat.example.org.evil.org" },
      403,
      undefined,
    ],
    ["the null origin", { origin: "null" }, 403, undefined],
    ["no upgrade", { upgrade: "", connection: "" }, 426, undefined],
    ["no key", { "sec-websocket-key": "" }, 400, undefined],
  ] as const)("offers %s", async (_what, headers, status, chosen) => {
    const reply = await RawSocket.upgraded(stage.url, headers);
    expect(reply.status).toBe(status);
    expect(/^sec-websocket-protocol: (.*)$/im.exec(reply.head)?.[1]).toBe(chosen);
    reply.socket.destroy();
  });

  test("a page of the server's own origin may connect without being named", async () => {
    const own = await setStage();
    const good = await RawSocket.upgraded(own.url, { origin: own.url });
    expect(good.status).toBe(101);
    const evil = await RawSocket.upgraded(own.url, { origin: "https://chat.example.org" });
    expect(evil.status).toBe(403);
    for (const { socket } of [good, evil]) socket.destroy();
    await own.close();
  });
});
