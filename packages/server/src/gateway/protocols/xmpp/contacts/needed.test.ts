import { expect, test } from "bun:test";
import type { Client } from "../client/client.ts";
import { Sight } from "../client/sight.ts";
import { Rooms, type Member, type Room } from "../muc/rooms.ts";
import { left } from "../muc/changes.ts";

const member: Member = { role: "member", muted: false, status: "offline" };
const roomOf = (conversation: string, users: readonly string[], watched = true): Room => ({
  conversation,
  jid: `${conversation}@conference.localhost`,
  title: "",
  members: new Map(users.map((user) => [user, member])),
  watched,
  shownSeq: 0,
});

test("who was in a room that is left is watched no more, unless in another or in the roster", () => {
  const told: unknown[] = [];
  const client = {
    sight: new Sight(),
    rooms: new Rooms(),
    inRooms: true,
    tell: (type: string, params: unknown) => void told.push([type, params]),
  };
  client.sight.contacts.set("contact", "online");
  const room = roomOf("one", ["me", "contact", "neighbour", "passer-by", "listed"]);
  client.rooms.add(room);
  client.rooms.add(roomOf("two", ["me", "neighbour"]));
  client.rooms.add(roomOf("large", ["listed"], false));
  left(client as unknown as Client, room);
  expect(told).toEqual([["unwatch", { users: ["passer-by", "listed"] }]]);
  expect(client.rooms.of("one")).toBeUndefined();
});
