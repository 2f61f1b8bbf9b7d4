/** What is asked of another user's account. */
import { ns } from "../namespaces.ts";
import { info } from "./caps.ts";
import type { IqTable } from "./iq.ts";
import { vcard4Of, vcardOf } from "./vcard.ts";

export const userIqs: IqTable = {
  [`get ${ns.vcardTemp} vCard`]: vcardOf,
  [`get ${ns.vcard4} vcard`]: vcard4Of,
  [`get ${ns.discoInfo} query`]: () =>
    info([{ category: "account", type: "registered" }], [ns.discoInfo, ns.vcardTemp]),
};
