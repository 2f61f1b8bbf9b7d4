import type { ErrorName } from "@godwit/protocol";
import { authorize, refusedById, type Action } from "./access.ts";
import type { Conv, Standing } from "./conv.ts";
import type { Conversations } from "./conversations.ts";

export interface Refused {
  readonly ok: false;
  readonly error: ErrorName;
  readonly detail?: string;
}

/** A conversation in which the user may do what was asked. */
export interface Place {
  readonly ok: true;
  readonly conversation: Conv;
  readonly standing: Standing | null;
}

export function refuse(error: ErrorName, detail?: string): Refused {
  return detail === undefined ? { ok: false, error } : { ok: false, error, detail };
}

/** Loads a conversation and what the user is in it, and judges. `nowMs` is the server's time. Errors: conversation_unknown, those of `authorize`. */
export async function enter(
  conversations: Conversations,
  action: Action,
  user: string,
  id: string,
  nowMs: number,
): Promise<Place | Refused> {
  const place = await locate(conversations, user, id);
  if (!place.ok) return place;
  const error = authorize(action, place.conversation, place.standing, nowMs);
  return error === undefined ? place : refuse(error);
}

/**
 * The same for `join` with a link that `inviter` made: to its holder the conversation counts as open, as long as the maker may invite. Whoever
 * may not come in in any way learns that first. Errors also: token_invalid.
 */
export async function enterByLink(
  conversations: Conversations,
  user: string,
  id: string,
  inviter: string,
  nowMs: number,
): Promise<Place | Refused> {
  const place = await locate(conversations, user, id);
  if (!place.ok) return place;
  const { conversation } = place;
  const { kind, mutedAll, dissolved } = conversation;
  const asOpen = { kind, mutedAll, dissolved, open: true };
  const error = authorize("join", asOpen, place.standing, nowMs);
  if (error !== undefined) return refuse(error);
  const maker = await conversations.loadStanding(conversation, inviter);
  return authorize("invite", conversation, maker, nowMs) === undefined
    ? place
    : refuse("token_invalid", "Whoever made this link may not invite any more.");
}

async function locate(
  conversations: Conversations,
  user: string,
  id: string,
): Promise<Place | Refused> {
  const unasked = refusedById(id, user);
  if (unasked !== undefined) return refuse(unasked);
  const conversation = await conversations.load(id);
  if (conversation === undefined) return refuse("conversation_unknown");
  const standing = await conversations.loadStanding(conversation, user);
  return { ok: true, conversation, standing };
}
