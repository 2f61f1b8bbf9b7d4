/** What the server can do (XEP-0030), and the hash of it that clients remember (XEP-0115). */
import { createHash } from "node:crypto";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";

const identity = { category: "server", type: "im", name: "Godwit" } as const;

const features: readonly string[] = [
  ns.discoInfo,
  ns.discoItems,
  ns.ping,
  ns.time,
  ns.version,
  ns.carbons,
  ns.caps,
  ns.vcardTemp,
  ns.csi,
  // Of the account, where clients should look for it; some look here.
  ns.mam,
].toSorted();

/** XEP-0115 section 5.1. */
const hash = createHash("sha1")
  .update(
    `${identity.category}/${identity.type}//${identity.name}<${features.map((feature) => `${feature}<`).join("")}`,
  )
  .digest("base64");

const node = "https://godwit.example/xmpp";

export const caps = {
  /** For the features of the stream. */
  announcement: el("c", ns.caps, { hash: "sha-1", node, ver: hash }),
  info: (asked: string | undefined): Element =>
    info([identity], features, asked === undefined ? {} : { node: asked }),
};

/** The answer to who somebody is and what they can do. */
export function info(
  identities: readonly Readonly<Record<string, string>>[],
  what: readonly string[],
  attrs: Readonly<Record<string, string>> = {},
  ...more: readonly Element[]
): Element {
  return el(
    "query",
    ns.discoInfo,
    attrs,
    ...identities.map((each) => el("identity", ns.discoInfo, each)),
    ...what.map((feature) => el("feature", ns.discoInfo, { var: feature })),
    ...more,
  );
}
