import { expect, test } from "bun:test";
import type { Client } from "../client/client.ts";
import { Sight } from "../client/sight.ts";
import { StanzaError } from "../errors.ts";
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
