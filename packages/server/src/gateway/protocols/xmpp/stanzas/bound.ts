/** What a bound client says beside stanzas: stream management (XEP-0198) and what it looks at (XEP-0352). */
import type { Client } from "../client/client.ts";
import { resumptionId } from "../client/resumption.ts";
import type { Link } from "../client/link.ts";
import { parseJid } from "../jid.ts";
import { ns } from "../namespaces.ts";
import { StreamFault } from "../xml/fault.ts";
import { el, serialize, type Element } from "../xml/element.ts";

export function boundElement(connection: Link, client: Client, element: Element): void {
  if (element.ns === ns.sm) manage(connection, client, element);
  else if (element.ns === ns.csi) {
    client.look(element.name !== "inactive");
  } else if (element.ns === ns.client) {
    checkFrom(client, element.attrs["from"]);
    client.stanza(element);
  } else throw new StreamFault("unsupported-stanza-type", `<${element.name}/> is no stanza.`);
}

/** RFC 6120 section 8.1.2.1: nobody speaks for another. */
function checkFrom({ address }: Client, from: string | undefined): void {
  if (from === undefined || from === address.full || from === address.bare) return;
  const jid = parseJid(from);
  const bare = jid?.local === undefined ? undefined : `${jid.local}@${jid.domain}`;
  if (bare !== address.bare || (jid?.resource ?? address.device) !== address.device)
    throw new StreamFault("invalid-from", "The sender is not you.");
}

function manage(connection: Link, client: Client, element: Element): void {
  switch (element.name) {
    case "enable":
      enable(connection, client, element);
      return;
    case "r":
      if (client.managed) client.asked();
      return;
    case "a": {
      const handled = Number(element.attrs["h"]);
      if (!client.managed || !Number.isInteger(handled)) return;
      if (!client.acknowledged(handled))
        throw new StreamFault("undefined-condition", "You were not sent so many stanzas.");
      return;
    }
    default:
      connection.say(failed("unexpected-request"));
  }
}

function enable(connection: Link, client: Client, element: Element): void {
  if (client.managed) {
    connection.say(failed("unexpected-request"));
    return;
  }
  const { resumeMs } = client.services.config;
  const asked = element.attrs["resume"];
  const resumable = (asked === "true" || asked === "1") && resumeMs > 0;
  client.manage(resumable);
  const attrs = resumable
    ? {
        id: resumptionId(client),
        resume: "true",
        max: String(Math.floor(resumeMs / 1_000)),
      }
    : {};
  connection.say(serialize(el("enabled", ns.sm, attrs), ""));
}

function failed(condition: string): string {
  return serialize(el("failed", ns.sm, {}, el(condition, ns.stanzaErrors)), "");
}
