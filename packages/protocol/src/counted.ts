/**
 * The events that advance a session's position by one each. Fixed for a protocol version: a client that did not count one would
 * acknowledge the wrong ones.
 */
export const countedEvents = ["message", "receipt", "conversation"] as const;
