import type { WireError } from "./errors.ts";
import type { CommandName, EventBody, EventName, Params, Result } from "./schemas.ts";

/** What a client sends: the command's name, an optional request id, and the parameters beside them. */
export type CommandFrame = {
  [C in CommandName]: { type: C; id?: number } & Params<C>;
}[CommandName];
/** What a command that carried an id gets back. */
export type ReplyFrame = { [C in CommandName]: { type: C; id: number } & Result<C> }[CommandName];
export type ErrorFrame = { type: "error"; id?: number } & WireError;
/** What the server says by itself. An event never has an `id`, a reply always has: `typing` and the like are both. */
export type EventFrame = { [E in EventName]: { type: E } & EventBody<E> }[EventName];
export type ServerFrame = ReplyFrame | ErrorFrame | EventFrame;
