import type { Message } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { archiveId, readArchiveId } from "../client/ids.ts";
import { directStanza, makeShared } from "../events/message.ts";
import { roomStanza } from "../muc/stanza.ts";
import { ns } from "../namespaces.ts";

/** A message that has something to show, with that. */
export interface Archived {
  readonly message: Message;
  readonly shared: ReturnType<typeof makeShared>;
}

/** How an archive writes its messages and counts them. */
export interface ArchiveForm {
  /** Whose archive it is. */
  readonly from: string;
  id(message: Message): string;
  /** The place that an id names; `id` is the commit order, where the archive's ids have it. Undefined if it is no id of this archive. */
  read(id: string): { readonly seq: number; readonly id: number | undefined } | undefined;
  stanza(archived: Archived): string;
}

const head = `<message xmlns="${ns.client}"`;

export function directForm(client: Client): ArchiveForm {
  return {
    from: client.address.bare,
    id: archiveId,
    read: readArchiveId,
    stanza: ({ message, shared }) =>
      directStanza(client, message, shared, { head, delayed: false }),
  };
}

export function roomForm(client: Client, jid: string): ArchiveForm {
  return {
    from: jid,
    id: ({ seq }) => String(seq),
    read: (id) => (/^\d{1,15}$/.test(id) ? { seq: Number(id), id: undefined } : undefined),
    stanza: ({ message, shared }) =>
      roomStanza(client, jid, message, shared, { head, delayed: false }),
  };
}

/** The messages that have something to show. */
export function visible(messages: readonly Message[]): Archived[] {
  return messages
    .map((message) => ({ message, shared: makeShared(message) }))
    .filter(({ shared }) => shared.inside !== "");
}
