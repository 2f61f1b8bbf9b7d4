/** What is sent to one user, and how a subscription to it is kept. */
import type { Filter } from "./topics.ts";

export function userTopic(user: string): string {
  return `g/u/${user}`;
}

/**
 * What every user's own topic is called among the subscriptions: no user has this name. So the subscription that most clients have is the same for all of them.
 */
export const ownTopic = userTopic("=");

/** A filter as it is kept. */
export function asKept(filter: Filter, user: string): Filter {
  const { text, share } = filter;
  if (text !== userTopic(user)) return filter;
  return {
    ...filter,
    text: ownTopic,
    filter: share === undefined ? ownTopic : `$share/${share}/${ownTopic}`,
  };
}

/** The name by which the client knows a filter that is kept. */
export function nameOf({ filter, text }: Filter, user: string): string {
  return text === ownTopic ? filter.replace(ownTopic, userTopic(user)) : filter;
}
