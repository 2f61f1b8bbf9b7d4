import { expect, test } from "bun:test";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";
import { enter } from "./enter.ts";
import { unwatch } from "../contacts/needed.ts";
import { showPresence } from "../events/presence.ts";
import { Address } from "../client/address.ts";
import { textOn } from "../client/link.ts";
import { Sight } from "../client/sight.ts";
import { Rooms, roomsMax } from "./rooms.ts";

test("a client is in so many rooms and no more, however many it asks for at once", async () => {
  const rooms = new Rooms();
  /** Nobody answers: they are all being entered. */
  const client = { rooms, call: () => new Promise(() => undefined) };
  const stanza = el("presence", ns.client);
  const attempt = (at: number) => {
    const local = `g\\3a0\\3a${String(at).padStart(22, "0")}`;
    const jid = `${local}@conference.localhost`;
    return enter(client as unknown as Client, { local, jid, nick: "ann", stanza });
  };
  for (let at = 0; at < roomsMax; at++) void attempt(at);
  await Bun.sleep(0);
  expect(rooms.entering.size).toBe(roomsMax);
  const refused: unknown = await attempt(roomsMax).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StanzaError);
  expect((refused as StanzaError).condition).toBe("resource-constraint");
});

test("who comes or goes while a room is entered is in it as they are then, and is watched on", async () => {
  const said: string[] = [];
  const told: unknown[] = [];
  const id = `g:0:${"0".repeat(22)}`;
  const answers: Record<string, unknown> = {
    conversation: {
      conversation: { id, kind: "group", memberCount: 3, role: "member", lastSeq: 0 },
    },
    history: { messages: [] },
    members: { members: ["ann", "bob", "eve"].map((user) => ({ user, role: "member" })) },
    watch: {
      presences: [
        { user: "bob", status: "online" },
        { user: "eve", status: "offline" },
      ],
    },
  };
  const client = {
    address: new Address("ann", "x", "localhost"),
    sight: new Sight(),
    rooms: new Rooms(),
    inRooms: true,
    services: { clock: { now: () => 0 } },
    head: (name: string) => `<${name}`,
    say: (stanza: string | Element) => void said.push(textOn(undefined, stanza)),
    tell: (type: string, params: unknown) => void told.push([type, params]),
    call: (type: string) => {
      const answer = Promise.resolve(answers[type]);
      if (type !== "watch") return answer;
      // As of an answer that is on its way.
      showPresence(fake, { user: "eve", status: "away" });
      showPresence(fake, { user: "bob", status: "offline" });
      unwatch(fake, ["bob", "passer-by"]);
      return answer;
    },
  };
  const fake = client as unknown as Client;
  const local = `g\\3a0\\3a${"0".repeat(22)}`;
  const stanza = el("presence", ns.client);
  await enter(fake, { local, jid: `${local}@conference.localhost`, nick: "ann", stanza });
  const members = client.rooms.of(id)?.members;
  expect([members?.get("bob")?.status, members?.get("eve")?.status]).toEqual(["offline", "away"]);
  expect(told).toEqual([["unwatch", { users: ["passer-by"] }]]);
  const of = (user: string) => said.filter((text) => text.includes(`/${user}"`));
  expect(of("bob").at(-1)).toContain('type="unavailable"');
  expect(of("eve").length).toBe(1);
});
