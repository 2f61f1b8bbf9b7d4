/** What can happen while a hello is being answered: the connection goes, the device comes twice, messages arrive, the session is ended. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { closeCodes } from "@godwit/protocol";
import { openMemoryStore } from "../../packages/server/src/store/memory/memory.ts";
import type { Store } from "../../packages/server/src/store/port.ts";
import { Actor, type CommandFailed } from "./actor.ts";
import { eachWay, setStage, token, type Stage } from "./stage.ts";

const code = (name: keyof typeof closeCodes) => closeCodes[name].code;

/** A store that can make new sessions wait for their list of conversations, and hellos for their account. */
async function hesitantStore() {
  const store = await openMemoryStore();
  const mood = {
    gate: Promise.resolve(),
    asked: () => undefined as void,
    account: async (_user: string) => undefined as void,
  };
  const devices: Store["accounts"]["devices"] = async (user) => {
    const rows = await store.accounts.devices(user);
    await mood.account(user);
    return rows;
  };
  const list: Store["conversations"]["list"] = async (...args) => {
    const rows = await store.conversations.list(...args);
    mood.asked();
    await mood.gate;
    return rows;
  };
  const conversations = { ...store.conversations, list };
  return { mood, store: { ...store, conversations, accounts: { ...store.accounts, devices } } };
}

describe.each(eachWay)("a hello over %s", (_name, way) => {
  let stage: Stage;
  let mood: Awaited<ReturnType<typeof hesitantStore>>["mood"];
  beforeAll(async () => {
    const hesitant = await hesitantStore();
    mood = hesitant.mood;
    stage = await setStage({
      way,
      overrides: { store: hesitant.store },
      settings: { "groups.largeGroupMembers": 2 },
    });
  });
  beforeEach(() => stage.metricReaches("godwit_connections", (count) => count === 0));
  afterAll(() => stage.close());

  /** Holds hellos up from here on; `asked` resolves when one waits, `release` lets them all go on. */
  const hold = () => {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    mood.gate = gate.promise;
    mood.asked = asked.resolve;
    return { asked: asked.promise, release: gate.resolve };
  };

  /** A device that has said hello and waits for the answer. */
  const greeting = async (user: string) => {
    const actor = new Actor(stage, user);
    const held = hold();
    const welcomed = actor.connect();
    welcomed.catch(() => undefined);
    await held.asked;
    return { actor, welcomed, release: held.release };
  };

  test("whose connection goes meanwhile leaves a session that waits, and what it missed with it", async () => {
    const [alice] = await stage.cast("alice");
    await token("bob");
    const { actor: bob, release } = await greeting("bob");
    await alice.says(alice.with(bob), "early");
    await bob.cut();
    release();
    await stage.metricReaches("godwit_sessions_detached", (count) => count === 1);
    expect(await bob.connect()).toMatchObject({ syncRequired: false });
    await bob.reads("early");
    expect(await stage.metric("godwit_sessions_detached")).toBe(0);
    await alice.leaves();
    await bob.leaves();
  });

  test("is answered before any message that arrives meanwhile, and none of those is lost or repeated", async () => {
    const [carol] = await stage.cast("carol");
    const { actor: dan, welcomed, release } = await greeting("dan");
    for (const text of ["one", "two", "three"]) await carol.says(carol.with(dan), text);
    release();
    expect(await welcomed).toMatchObject({ position: 0 });
    for (const text of ["one", "two", "three"]) await dan.reads(text);
    await carol.says(carol.with(dan), "four");
    await dan.reads("four");
    expect(await dan.leftovers()).toEqual([]);
    await carol.leaves();
    await dan.leaves();
  });

  test("of a device that comes again is displaced, and leaves one session", async () => {
    const first = await greeting("erin");
    const second = await greeting("erin");
    expect((await first.actor.closed).code).toBe(code("replaced"));
    first.release();
    second.release();
    await second.welcomed;
    await second.actor.call("ping", {});
    expect(await stage.metric("godwit_sessions")).toBe(1);
    expect(await stage.metric("godwit_sessions_detached")).toBe(0);
    await second.actor.leaves();
  });

  test("of a user who is kicked meanwhile does not come about", async () => {
    const admin = await stage.admin();
    const { actor: fay, release } = await greeting("fay");
    expect(await admin.call("kick", { user: "fay" })).toEqual(
      expect.objectContaining({ ended: 1 }),
    );
    expect((await fay.closed).code).toBe(code("kicked"));
    release();
    await admin.call("ping", {});
    expect(await stage.metric("godwit_sessions")).toBe(1);
    await admin.leaves();
  });

  test("of a user who is disabled before the session is there does not come about", async () => {
    const admin = await stage.admin();
    const bearer = await stage.adminToken();
    await stage.post("/api/admin/users", { user: "guy" }, bearer);
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    mood.account = async (user) => {
      if (user !== "guy") return;
      mood.account = async () => undefined;
      asked.resolve();
      await gate.promise;
    };
    const guy = new Actor(stage, "guy");
    const welcomed = guy.connect().catch((error: CommandFailed) => error.error.name);
    await asked.promise;
    await stage.post("/api/admin/users/guy", { disabled: true }, bearer, "PATCH");
    gate.resolve();
    expect(await welcomed).toBe("account_disabled");
    expect((await guy.closed).code).toBe(code("account_disabled"));
    await admin.call("ping", {});
    expect(await stage.metric("godwit_sessions")).toBe(1);
    await admin.leaves();
  });

  test("of a member who is removed from a large group meanwhile does not bring its messages back", async () => {
    const [hal, ida, jim] = await stage.cast("hal", "ida", "jim");
    const { id } = await hal.founds([ida, jim]);
    await jim.leaves();
    const { actor: back, welcomed, release } = await greeting("jim");
    await hal.call("remove", { conversation: id, users: ["jim"] });
    release();
    await welcomed;
    await back.notices("removed");
    await hal.says(id, "among ourselves");
    await ida.reads("among ourselves");
    expect(JSON.stringify(await back.leftovers())).not.toContain("among ourselves");
    for (const actor of [hal, ida, back]) await actor.leaves();
  });

  test("holds commands back that come with it, and answers them in order behind it", async () => {
    const { actor: gus, welcomed, release } = await greeting("gus");
    const pings = Promise.all([gus.call("ping", {}), gus.call("devices", {})]);
    release();
    const [ping] = await Promise.all([pings, welcomed]);
    expect(ping[1].devices).toHaveLength(1);
    await gus.leaves();
  });
});
