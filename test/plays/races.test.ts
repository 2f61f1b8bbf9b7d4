/** Things that happen at the same time: whichever comes first, nobody misses, repeats or overhears a message. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeCodes, type Message } from "@godwit/protocol";
import { Actor, patiently, type Frame } from "./actor.ts";
import { codecs, setStage, type Stage } from "./stage.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;
const stages = codecs.flatMap((codec) =>
  ["memory", "sqlite"].map((engine) => [codec.name, engine, codec] as const),
);

/** The seqs of the messages of one conversation, in the order in which they were heard. */
function seqs(frames: readonly Frame[], conversation: string): number[] {
  return frames.flatMap((frame) => {
    if (frame.type !== "message") return [];
    const { message } = frame as unknown as { readonly message: Message };
    return message.conversation === conversation ? [message.seq] : [];
  });
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe.each(stages)("races over %s on %s", (_name, engine, codec) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      codec,
      settings: { "store.engine": engine, "groups.largeGroupMembers": 6 },
    });
  });
  afterAll(() => stage.close());

  /** Sends so many messages at once. */
  const fires = (actor: Actor, conversation: string, count: number) =>
    Promise.all(range(1, count).map((index) => actor.says(conversation, `${index}`)));

  test("both lanes keep one order, which everybody sees", async () => {
    const [alice, bob, carol] = await stage.cast("alice", "bob", "carol");
    const { id } = await alice.founds([bob, carol]);
    await Promise.all(
      range(1, 200).flatMap((index) => [
        alice.says(id, `a${index}`, index % 3 === 0 ? { priority: "important" } : {}),
        bob.says(id, `b${index}`, index % 7 === 0 ? { priority: "important" } : {}),
      ]),
    );
    expect(seqs(await carol.drains(), id)).toEqual(range(2, 401));
  });

  test("both sides begin a direct conversation at once", async () => {
    const [dan, eve] = await stage.cast("dan", "eve");
    const conversation = dan.with(eve);
    const acks = await Promise.all(
      [...range(1, 20)].flatMap(() => [fires(dan, conversation, 1), fires(eve, conversation, 1)]),
    );
    expect(
      acks
        .flat()
        .map(({ seq }) => seq)
        .sort((a, b) => a - b),
    ).toEqual(range(1, 40));
    const heard = [
      ...seqs(await dan.drains(), conversation),
      ...seqs(await eve.drains(), conversation),
    ];
    expect(heard.sort((a, b) => a - b)).toEqual(range(1, 40));
  });

  test.each([3, 6, 7])("of %i members one is added and one removed under fire", async (size) => {
    const users = range(1, size).map((index) => `fire${size}-${index}`);
    const cast: readonly Actor[] = await stage.cast(...users);
    const [owner, stays, goes, ...rest] = cast as [Actor, Actor, Actor, ...Actor[]];
    const { id } = await owner.founds([stays, goes, ...rest]);
    const [late] = await stage.cast(`fire${size}-late`);
    const firing = fires(owner, id, 100);
    const more = fires(stays, id, 50);
    await owner.call("invite", { conversation: id, users: [late.user] });
    await owner.call("remove", { conversation: id, users: [goes.user] });
    await firing;
    await more;
    await owner.says(id, "the end");
    const { messages } = await owner.call("history", { conversation: id, limit: 200 });
    const at = (event: string) =>
      messages.find(({ content }) => content["event"] === event)?.seq ?? 0;
    const last = messages.at(-1)?.seq ?? 0;
    expect(last).toBe(154);
    const added = await late.hears("conversation");
    expect(added.conversation.lastSeq).toBe(at("invited"));
    expect(seqs(await late.drains(), id)).toEqual(range(at("invited"), last));
    expect(seqs(await goes.drains(), id)).toEqual(range(2, at("removed")));
    for (const member of rest) expect(seqs(await member.drains(), id)).toEqual(range(2, last));
    expect(await goes.refused("send", goes.draft(id, "?"))).toBe("not_member");
  });

  test("a device that comes and goes under fire hears everything once, in order", async () => {
    const [gail, hank] = await stage.cast("gail", "hank");
    const conversation = gail.with(hank);
    await fires(gail, conversation, 10);
    await hank.drains();
    await hank.call("ping", { position: hank.position });
    const heard = range(1, 10);
    const firing = fires(gail, conversation, 300);
    for (let round = 0; round < 4; round++) {
      await hank.cut();
      heard.push(...seqs(hank.takes(), conversation));
      const welcome = await hank.connect({ session: hank.welcome?.session ?? "" });
      expect(welcome).toMatchObject({ resumed: true, syncRequired: false });
    }
    await firing;
    heard.push(...seqs(await hank.drains(), conversation));
    expect(heard).toEqual(range(1, 310));
  });

  test.each([
    ["take one session up", "resumed_elsewhere"],
    ["begin anew on one device", "replaced"],
  ] as const)(
    "five connections %s at once: one stays, and hears what was missed once",
    async (_what, reason) => {
      const [iris, jack] = [
        await stage.actor(`iris-${reason}`),
        await stage.actor(`jack-${reason}`),
      ];
      const conversation = iris.with(jack);
      await iris.says(conversation, "first");
      await jack.reads("first");
      await jack.call("ping", { position: jack.position });
      if (reason === "replaced") await jack.leaves();
      else await jack.cut();
      await fires(iris, conversation, 100);
      const session = jack.welcome?.session ?? "";
      const resume = reason === "replaced" ? undefined : { session, position: jack.position };
      const claimants = range(1, 5).map(() => new Actor(stage, jack.user));
      // Some have to go before they are even answered.
      await Promise.allSettled(claimants.map((each) => each.connect(resume)));
      const ended: number[] = [];
      const four = Promise.withResolvers<void>();
      for (const { closed } of claimants) {
        void closed.then(({ code }) => {
          if (ended.push(code) === 4) four.resolve();
        });
      }
      await patiently(four.promise, "four connections to close");
      expect(ended).toEqual([1, 2, 3, 4].map(() => code(reason)));
      await iris.says(conversation, "last");
      const survivors = claimants.filter(({ isOpen }) => isOpen);
      expect(survivors).toHaveLength(1);
      const [survivor] = survivors as [Actor];
      expect(survivor.welcome?.syncRequired).toBe(false);
      expect(seqs(await survivor.drains(), conversation)).toEqual(range(2, 102));
      survivor.leaveStage();
    },
  );
});
