/** What the server itself answers. */
import { caps } from "./caps.ts";
import type { IqTable } from "./iq.ts";
import { ns } from "../namespaces.ts";
import { el } from "../xml/element.ts";

export const serverIqs: IqTable = {
  [`get ${ns.ping} ping`]: () => undefined,
  [`get ${ns.discoInfo} query`]: (_, { payload }) => caps.info(payload.attrs["node"]),
  [`get ${ns.discoItems} query`]: ({ address }) =>
    el(
      "query",
      ns.discoItems,
      {},
      el("item", ns.discoItems, { jid: address.conference, name: "Groups" }),
    ),
  // Without the version, which is nobody's business who is not an administrator.
  [`get ${ns.version} query`]: () =>
    el("query", ns.version, {}, el("name", ns.version, {}, "Godwit"), el("version", ns.version)),
  [`get ${ns.time} time`]: ({ services }) =>
    el(
      "time",
      ns.time,
      {},
      el("tzo", ns.time, {}, "+00:00"),
      el("utc", ns.time, {}, new Date(services.clock.now()).toISOString()),
    ),
  [`set ${ns.session} session`]: () => undefined,
  [`set ${ns.carbons} enable`]: (client) => {
    client.carbons = true;
    return undefined;
  },
  [`set ${ns.carbons} disable`]: (client) => {
    client.carbons = false;
    return undefined;
  },
};
