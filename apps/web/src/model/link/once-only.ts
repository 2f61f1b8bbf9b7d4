import type { CallName } from "./calls.ts";

/** Calls that would do something twice if they were given again; every other one may be. */
export const onceOnly: ReadonlySet<CallName> = new Set<CallName>(["createGroup"]);
