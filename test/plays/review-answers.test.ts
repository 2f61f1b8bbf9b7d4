/** Every command with an id gets exactly one reply, on the connection that it came by: also when the session ends with it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { openMemoryStore } from "../../packages/server/src/store/memory/memory.ts";
import { StoreError, type Store } from "../../packages/server/src/store/port.ts";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, token, type Stage } from "./stage.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;

/** A store whose appends can be held up, and whose list of conversations can fail. */
async function moodyStore() {
  const store = await openMemoryStore();
  const mood = { appends: Promise.resolve(), listFails: false };
  const wrapped: Store = {
    ...store,
    messages: {
      ...store.messages,
      append: async (batch) => {
        await mood.appends;
        return store.messages.append(batch);
      },
    },
    conversations: {
      ...store.conversations,
      list: (...args) =>
        mood.listFails
          ? Promise.reject(new StoreError("unavailable", "The disk is away."))
          : store.conversations.list(...args),
    },
  };
  return { store: wrapped, mood };
}

describe.each(eachWay)("answers over %s", (_name, way) => {
  const clock = new PlayClock();
  let moody: Awaited<ReturnType<typeof moodyStore>>;
  let stage: Stage;
  beforeAll(async () => {
    moody = await moodyStore();
    stage = await setStage({ way, overrides: { clock, store: moody.store } });
  });
  afterAll(() => stage.close());

  test("the reply to a command of a lost connection is not given on the next one, where its id may be another command's", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    await alice.says(alice.with(bob), "known");
    await bob.reads("known");
    const gate = Promise.withResolvers<void>();
    moody.mood.appends = gate.promise;
    const lost = alice.says(alice.with(bob), "stored, but not answered");
    const created = alice.founds([bob]);
    const ends = Promise.allSettled([lost, created]);
    // The server has them both: it answers in the order of arrival.
    await alice.call("ping", {});
    await alice.cut();
    await ends;
    await alice.resume();
    gate.resolve();
    await bob.reads("stored, but not answered");
    await alice.notices("created");
    expect((await alice.leftovers()).filter((frame) => "id" in frame)).toEqual([]);
  });

  test("who signs the own device out is told so first", async () => {
    const carol = await stage.actor("carol");
    const other = await stage.actor("carol", { device: "carol-2" });
    expect(await carol.call("sign_out", { device: carol.device })).toMatchObject({ ended: 1 });
    expect((await carol.closed).code).toBe(code("signed_out"));
    await other.call("ping", {});
  });

  test("an administrator who kicks themselves is told so first", async () => {
    const admin = await stage.admin();
    expect(await admin.call("kick", { user: admin.user, reason: "Enough." })).toMatchObject({
      ended: 1,
    });
    expect(await admin.closed).toEqual({ code: code("kicked"), reason: "Enough." });
  });

  test("the command that comes after the token has ended is refused, then the connection closed", async () => {
    const dan = await stage.actor("dan", { token: await token("dan", 600_000) });
    clock.jump(700_000);
    expect(await dan.refused("ping", {})).toBe("token_expired");
    expect((await dan.closed).code).toBe(code("token_expired"));
    clock.jump(-700_000);
  });

  test("a hello that fails half-way is answered, and leaves no session", async () => {
    moody.mood.listFails = true;
    const before = await stage.metric("godwit_sessions");
    expect(stage.actor("eve")).rejects.toThrow("storage_unavailable");
    await stage.metricReaches("godwit_connections", (count) => count <= before);
    expect(await stage.metric("godwit_sessions")).toBe(before);
    moody.mood.listFails = false;
    await stage.actor("eve");
  });

  test("a session is an administrator's as long as its newest token is", async () => {
    const admin = await stage.admin();
    await admin.call("refresh", { token: await token(admin.user) });
    expect(await admin.refused("kick", { user: "nobody" })).toBe("forbidden");
    await admin.call("refresh", { token: await stage.adminToken() });
    expect(await admin.call("kick", { user: "nobody" })).toEqual(
      expect.objectContaining({ ended: 0 }),
    );
  });

  test("typing too often is passed over in silence, but not if a reply is wanted", async () => {
    const [fay, gus] = await stage.cast("fay", "gus");
    await fay.says(fay.with(gus), "hi");
    const ends = await Promise.allSettled(
      Array.from({ length: 50 }, () =>
        fay.call("typing", { conversation: fay.with(gus), on: true }),
      ),
    );
    const refused = ends.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const end of refused)
      expect(String((end as PromiseRejectedResult).reason)).toContain("rate_limited");
    for (let times = 0; times < 50; times++)
      fay.raw(
        way.codec.encodeCommand({
          type: "typing",
          conversation: fay.with(gus),
          on: false,
        } as never),
      );
    expect((await fay.leftovers()).filter(({ type }) => type === "error")).toEqual([]);
  });
});
