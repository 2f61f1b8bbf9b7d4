import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import type { Params } from "@godwit/protocol";
import type { Actor } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { eachWay, setStage, token, type Stage } from "./stage.ts";

const hourMs = 3_600_000;

describe.each(eachWay)("invite links over %s", (_name, way) => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    stage = await setStage({
      way,
      overrides: { clock },
      settings: { "groups.groupMembersMax": 4 },
    });
  });
  afterAll(() => stage.close());

  const link = async (maker: Actor, conversation: string, hours?: number) =>
    (await maker.call("invite_link", { conversation, ...(hours === undefined ? {} : { hours }) }))
      .token;
  const enter = (conversation: string, token: string): Params<"join"> => ({ conversation, token });

  test("a link shows where it leads, lets in, and lets in again without a change", async () => {
    const [ann, ben, cid] = await stage.cast("ann", "ben", "cid");
    const { id } = await ann.founds([ben], { title: "Reading 读书会" });
    const { token: invite, expiresAt } = await ben.call("invite_link", {
      conversation: id,
      hours: 2,
    });
    expect(expiresAt - clock.now()).toBeGreaterThan(2 * hourMs - 1_000);
    expect(expiresAt - clock.now()).toBeLessThanOrEqual(2 * hourMs + 1_000);
    expect(invite.length).toBeLessThan(500);
    expect(await cid.call("peek_invite", { token: invite })).toMatchObject({
      conversation: id,
      kind: "group",
      title: "Reading 读书会",
      memberCount: 2,
      inviter: "ben",
      expiresAt,
    });
    expect(await cid.refused("history", { conversation: id })).toBe("not_member");
    expect(await cid.refused("join", { conversation: id })).toBe("not_member");
    const joined = await cid.call("join", enter(id, invite));
    expect(joined.conversation).toMatchObject({ id, role: "member", memberCount: 3 });
    expect((await cid.hears("conversation")).change).toBe("added");
    for (const member of [ann, ben, cid])
      expect((await member.notices("joined")).content).toEqual({ event: "joined", users: ["cid"] });
    await cid.call("join", enter(id, invite));
    expect((await cid.call("peek_invite", { token: invite })).memberCount).toBe(3);
    expect(await ann.leftovers()).toEqual([]);
  });

  test("a banned user stays out, and learns nothing of the group", async () => {
    const [dot, eve, fox] = await stage.cast("dot", "eve", "fox");
    const { id } = await dot.founds([eve]);
    const invite = await link(dot, id);
    await dot.call("remove", { conversation: id, users: [fox.user], ban: true });
    expect(await fox.refused("join", enter(id, invite))).toBe("banned");
    expect(await fox.refused("peek_invite", { token: invite })).toBe("banned");
  });

  test("a link ends with its time", async () => {
    const [gil, hob, ivy] = await stage.cast("gil", "hob", "ivy");
    const { id } = await gil.founds([hob]);
    const invite = await link(gil, id, 1);
    const later = await link(gil, id);
    clock.jump(hourMs + 1_000);
    expect(await ivy.refused("join", enter(id, invite))).toBe("token_expired");
    expect(await ivy.refused("peek_invite", { token: invite })).toBe("token_expired");
    // A week, if no hours are given.
    clock.jump(6.5 * 24 * hourMs);
    expect((await ivy.call("peek_invite", { token: later })).inviter).toBe("gil");
    clock.jump(24 * hourMs);
    expect(await ivy.refused("peek_invite", { token: later })).toBe("token_expired");
  });

  test("a link is void when its maker has left, was removed, or may not invite any more", async () => {
    const [jan, kay, lee, mia] = await stage.cast("jan", "kay", "lee", "mia");
    const { id } = await jan.founds([kay, lee]);
    const [ofKay, ofLee] = [await link(kay, id), await link(lee, id)];
    await kay.call("leave", { conversation: id });
    await jan.call("remove", { conversation: id, users: [lee.user] });
    for (const invite of [ofKay, ofLee]) {
      const error = await mia.error("join", enter(id, invite));
      expect(error).toMatchObject({ name: "token_invalid", retryable: false });
      expect(error.message).toMatch(/may not invite/);
      expect(await mia.refused("peek_invite", { token: invite })).toBe("token_invalid");
    }
    const channel = await jan.founds([kay], { kind: "channel" });
    expect(await kay.refused("invite_link", { conversation: channel.id })).toBe("forbidden");
    const asAdmin = { conversation: channel.id, user: kay.user };
    await jan.call("role", { ...asAdmin, role: "admin" });
    const ofAdmin = await link(kay, channel.id);
    expect((await mia.call("peek_invite", { token: ofAdmin })).kind).toBe("channel");
    await jan.call("role", { ...asAdmin, role: "member" });
    expect(await mia.refused("join", enter(channel.id, ofAdmin))).toBe("token_invalid");
  });

  test("a link of a disabled account is void", async () => {
    const [nat, oda] = await stage.cast("nat", "oda");
    const { id } = await nat.founds([]);
    const invite = await link(nat, id);
    const bearer = await stage.adminToken();
    await stage.post("/api/admin/users/nat", { disabled: true }, bearer, "PATCH");
    expect(await oda.refused("join", enter(id, invite))).toBe("token_invalid");
  });

  test("a full group and a dissolved one say so", async () => {
    const [pam, quy, ray, sue, tom] = await stage.cast("pam", "quy", "ray", "sue", "tom");
    const { id } = await pam.founds([quy, ray, sue]);
    const invite = await link(quy, id);
    expect(await tom.refused("join", enter(id, invite))).toBe("group_full");
    await pam.call("dissolve", { conversation: id });
    expect(await tom.refused("join", enter(id, invite))).toBe("conversation_dissolved");
    expect(await tom.refused("peek_invite", { token: invite })).toBe("conversation_dissolved");
    expect(await pam.refused("invite_link", { conversation: id })).toBe("conversation_dissolved");
  });

  test("no other token passes for a link, nor a link for another token or another group", async () => {
    const [uma, val, wes] = await stage.cast("uma", "val", "wes");
    const { id } = await uma.founds([val]);
    const other = await uma.founds([]);
    const invite = await link(uma, id);
    const [header = "", payload = "", signature = ""] = invite.split(".");
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const access = (
      (await stage.post("/api/register", {
        user: `xeno-${way.codec.name}`,
        password: "correct horse battery",
      })) as { token: string }
    ).token;
    const signedByOthers = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: "HS256", typ: "godwit-invite+jwt" })
      .sign(new TextEncoder().encode("another server's secret, long enough for it"));
    const forged = [
      "x",
      "..",
      `${header}.${payload}.`,
      `${header}.${encode({ ...claims, cnv: other.id })}.${signature}`,
      `${encode({ alg: "none", typ: "godwit-invite+jwt" })}.${payload}.`,
      signedByOthers,
      access,
      await token("uma"),
    ];
    for (const text of forged) {
      expect(await wes.refused("join", enter(id, text))).toBe("token_invalid");
      expect(await wes.refused("peek_invite", { token: text })).toBe("token_invalid");
    }
    expect(await wes.refused("join", enter(other.id, invite))).toBe("token_invalid");
    expect(await stage.post("/api/commands/devices", {}, invite)).toMatchObject({
      name: "token_invalid",
    });
    expect(await wes.refused("refresh", { token: invite })).toBe("token_invalid");
    expect(await wes.refused("join", enter(wes.with("uma"), invite))).toBe("token_invalid");
    // None of this was an entrance; the link itself still is one.
    expect(await wes.refused("history", { conversation: id })).toBe("not_member");
    expect((await wes.call("join", enter(id, invite))).conversation.id).toBe(id);
  });
});
