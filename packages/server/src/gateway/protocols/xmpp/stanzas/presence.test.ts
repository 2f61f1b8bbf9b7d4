import { expect, test } from "bun:test";
import { Address } from "../client/address.ts";
import type { Client } from "../client/client.ts";
import { Sight } from "../client/sight.ts";
import { lookAgain, watch } from "../contacts/watch.ts";
import { StanzaError } from "../errors.ts";
import { showPresence } from "../events/presence.ts";
import { ns } from "../namespaces.ts";
import { el } from "../xml/element.ts";
import { takePresence } from "./presence.ts";

test("who may not be watched any more is not remembered either", async () => {
  let full = false;
  const client = {
    address: { user: "ann", domain: "localhost", conference: "rooms.localhost" },
    sight: new Sight(),
    call: () =>
      full
        ? Promise.reject(new StanzaError("bad-request", "As many as one may."))
        : Promise.resolve({ presences: [] }),
  };
  const probe = (user: string) =>
    takePresence(
      client as unknown as Client,
      el("presence", ns.client, { type: "probe", to: `${user}@localhost` }),
    );
  await probe("bob");
  full = true;
  for (const user of ["carol", "bob"]) {
    const refused = await probe(user)?.then(
      () => false,
      () => true,
    );
    expect(refused).toBe(true);
  }
  expect([...client.sight.contacts.keys()]).toEqual(["bob"]);
});

test("whoever comes back hears who is gone, also with a larger roster than is watched", async () => {
  const said: string[] = [];
  const client = {
    address: new Address("ann", "phone", "localhost"),
    sight: new Sight(),
    inRooms: false,
    present: true,
    watching: false,
    head: (name: string) => `<${name}`,
    call: (_type: string, { users }: { users?: string[] }) =>
      users?.[0] === "bob"
        ? Promise.resolve({ presences: [{ user: "bob", status: "offline" }] })
        : Promise.reject(new StanzaError("bad-request", "As many as one may.")),
    services: { records: { setting: () => Promise.resolve(undefined) } },
    sayPresence: (_whose: string, text: string) => void said.push(text),
  };
  client.sight.contacts.set("bob", "online");
  const refused: unknown = await lookAgain(client as unknown as Client).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(StanzaError);
  expect(said.length).toBe(1);
  expect(said[0]).toContain('type="unavailable"');
});

test("an answer is not told of who has changed since it was made", async () => {
  const said: string[] = [];
  const answer = Promise.withResolvers<unknown>();
  const client = {
    address: new Address("ann", "phone", "localhost"),
    sight: new Sight(),
    inRooms: false,
    head: (name: string) => `<${name}`,
    call: () => answer.promise,
    sayPresence: (whose: string, text: string) =>
      void said.push(`${whose} ${text.includes("unavailable") ? "gone" : "there"}`),
  } as unknown as Client;
  const watching = watch(client, ["bob", "carol"]);
  showPresence(client, { user: "bob", status: "online" });
  answer.resolve({
    presences: [
      { user: "bob", status: "offline" },
      { user: "carol", status: "online" },
    ],
  });
  await watching;
  expect(said).toEqual(["bob there", "carol there"]);
  expect([...client.sight.contacts.values()]).toEqual(["online", "online"]);
});
