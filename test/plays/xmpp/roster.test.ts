/** The roster of a user with several devices. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { child, elements, Player, portOf, setXmppStage, type Element } from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setXmppStage();
});
afterAll(() => stage.close());

const roster = "jabber:iq:roster";
const itemsOf = (iq: Element) =>
  elements(child(iq, "query", roster)!).map(({ attrs }) => attrs["jid"] ?? "");
const isPush = ({ name, attrs, children }: Element) =>
  name === "iq" && attrs["type"] === "set" && children.length > 0;

test("loses no change when two change it at once, and both hear of all in the same order", async () => {
  const friends = Array.from({ length: 12 }, (_, at) => `friend${at}`);
  for (const friend of friends) await stage.http(friend, "devices", {});
  const player = (device: string) => new Player(() => portOf(stage), "popular", { device }).enter();
  const [desk, phone, other] = [await player("desk"), await player("phone"), await player("other")];
  for (const each of [desk, phone]) await each.ask("get", `<query xmlns="${roster}"/>`);
  const add = (who: Player, friend: string) =>
    who.ask(
      "set",
      `<query xmlns="${roster}"><item jid="${friend}@localhost" name="A ${friend}"/></query>`,
    );
  await Promise.all(friends.map((friend, at) => add(at % 2 === 0 ? desk : phone, friend)));
  const pushes = async (who: Player) => {
    const heard: string[] = [];
    for (let at = 0; at < friends.length; at++) heard.push(...itemsOf(await who.hears(isPush)));
    return heard;
  };
  const heard = await pushes(desk);
  expect(await pushes(phone)).toEqual(heard);
  const jids = friends.map((friend) => `${friend}@localhost`).toSorted();
  expect(heard.toSorted()).toEqual(jids);
  expect(other.unasked.some(isPush)).toBe(false);
  const now = await other.ask("get", `<query xmlns="${roster}"/>`);
  expect(itemsOf(now).toSorted()).toEqual(jids);
  await desk.ask(
    "set",
    `<query xmlns="${roster}"><item jid="friend0@localhost" subscription="remove"/></query>`,
  );
  const gone = await other.hears(isPush);
  expect(elements(child(gone, "query", roster)!)[0]?.attrs).toEqual({
    jid: "friend0@localhost",
    subscription: "remove",
  });
});

test("grows by whom one speaks to for the first time, and whoever does so, with their presence", async () => {
  const stranger = await stage.actor("stranger");
  await stage.actor("old-friend");
  const host = await new Player(() => portOf(stage), "host").enter();
  await host.ask("get", `<query xmlns="${roster}"/>`);
  await stranger.says(stranger.with("host"), "you do not know me");
  await host.reads("you do not know me");
  expect(itemsOf(await host.hears(isPush))).toEqual(["stranger@localhost"]);
  const there = await host.hears(({ name }) => name === "presence");
  expect(there.attrs["from"]).toBe("stranger@localhost/godwit");
  host.says("old-friend@localhost", "long time no see");
  expect(itemsOf(await host.hears(isPush))).toEqual(["old-friend@localhost"]);
  await stranger.says(stranger.with("host"), "again");
  await host.reads("again");
  await host.settled();
  expect(host.unasked.some(isPush)).toBe(false);
});
