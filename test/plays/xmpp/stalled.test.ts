/** Clients that acknowledge nothing: what is cut, what is not, and what comes after. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { PlayClock } from "../clock.ts";
import type { Stage } from "../stage.ts";
import {
  bodyOf,
  child,
  conditionOf,
  named,
  Player,
  portOf,
  presenceOf,
  setXmppStage,
  space,
  textOf,
} from "./kit.ts";

const peers = 10;
const each = 50;
let stage: Stage;
let clock: PlayClock;
beforeAll(async () => {
  clock = new PlayClock();
  const settings = { "limits.sendsBurst": 10_000, "limits.commandsBurst": 10_000 };
  stage = await setXmppStage({ overrides: { clock }, settings });
});
afterAll(() => stage.close());

const textsOf = (who: Player) =>
  who.unasked.map((element) => bodyOf(element)).filter((text) => text !== undefined);
/** Resolves once the server has answered: what it had to say before has been heard. */
const heard = (who: Player) => who.ask("get", '<ping xmlns="urn:xmpp:ping"/>', "localhost");

/** Somebody to whom much was said while they were not there. */
async function missing(user: string): Promise<{ who: Player; wanted: readonly string[] }> {
  await stage.http(user, "devices", {});
  const names = Array.from({ length: peers }, (_, at) => `${user}${at}`);
  const wanted = names.flatMap((name) => Array.from({ length: each }, (_, at) => `${name} ${at}`));
  for (const peer of await stage.cast(...names))
    for (let at = 0; at < each; at++) await peer.says(peer.with(user), `${peer.user} ${at}`);
  return { who: new Player(() => portOf(stage), user, { polite: false }), wanted };
}

test("a managed client is told why it is cut, and takes its session up again without losing anything", async () => {
  const { who, wanted } = await missing("stalled");
  await who.enter();
  await heard(who);
  const before = textsOf(who);
  expect(before.length).toBeLessThan(wanted.length);
  for (let minutes = 0; minutes < 2; minutes++) {
    clock.pass(60_000);
    await heard(who);
  }
  clock.pass(65_000);
  const error = await who.hears(named("error"));
  expect(conditionOf(error)).toBe("policy-violation");
  expect(textOf(child(error, "text", space.streams))).toBe(
    "Nothing was acknowledged for too long.",
  );
  expect(child(error, "slow-reader", space.errors)).toBeDefined();
  await who.ended;
  await stage.actor("stalled0", { device: "another" });
  // It has not handled the newest of what it was sent: that comes again.
  const lost = 5;
  expect((await who.resume(who.handled - lost)).name).toBe("resumed");
  do {
    who.write(`<a xmlns="${space.sm}" h="${who.handled - lost}"/>`);
    await heard(who);
  } while (!textsOf(who).includes(wanted.at(-1) ?? ""));
  const after = textsOf(who);
  expect(new Set([...before, ...after])).toEqual(new Set(wanted));
  const twice = before.length + after.length - wanted.length;
  expect(twice).toBeGreaterThan(0);
  expect(twice).toBeLessThanOrEqual(lost);
  // It had not heard yet who is there.
  await who.hears(presenceOf("stalled0@localhost/godwit"));
  await who.leave();
}, 20_000);

test("a client without stream management that answers no questions is waited for once, and believed then", async () => {
  const { who, wanted } = await missing("mute");
  await who.enter({ managed: false });
  await heard(who);
  expect(textsOf(who).length).toBeLessThan(wanted.length);
  // It speaks on, long after it was asked.
  clock.pass(61_000);
  await heard(who);
  const reader = await stage.actor("mute0", { device: "other" });
  const conversation = reader.with("mute");
  await reader.says(conversation, "live");
  await who.hears((element) => bodyOf(element) === "live");
  expect(textsOf(who).toSorted()).toEqual(wanted.toSorted());
  for (let minutes = 0; minutes < 6; minutes++) {
    clock.pass(60_000);
    await heard(who);
  }
  expect(who.unasked.some(named("error"))).toBe(false);
  // What it has taken counts as delivered: nothing of it comes again.
  await who.leave();
  await who.enter({ managed: false });
  await heard(who);
  expect(textsOf(who)).toEqual([]);
  await who.leave();
}, 20_000);
