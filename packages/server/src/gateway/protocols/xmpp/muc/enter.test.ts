import { expect, test } from "bun:test";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import { el } from "../xml/element.ts";
import { enter } from "./enter.ts";
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
