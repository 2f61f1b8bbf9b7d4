/** What a client is given to come back with (XEP-0198 section 5): its session, its device, and where its short ids hold if that is another session. */
import type { Client } from "./client.ts";

export interface Resumption {
  readonly session: string;
  readonly device: string;
  readonly scope: string;
}

export function resumptionId({ session, address, scope }: Client): string {
  const both = `${session.id}:${address.device}`;
  return scope === session.id ? both : `${both}:${scope}`;
}

const form = /^([\w-]{1,64}):([\w.-]{1,64})(?::([\w-]{1,64}))?$/;

/** Undefined if it is none. */
export function readResumptionId(id: string): Resumption | undefined {
  const [, session = "", device = "", scope = session] = form.exec(id) ?? [];
  return session === "" ? undefined : { session, device, scope };
}
