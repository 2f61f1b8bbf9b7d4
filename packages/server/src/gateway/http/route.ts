/** One operation of the HTTP API as data: what it takes, who may call it, what it answers. Routing, validation, 405s and the OpenAPI document follow from it. */
import type { ErrorName } from "@godwit/protocol";
import type { Principal } from "../../accounts/accounts.ts";
import type { ObjectSchema, StaticOf } from "./schema.ts";

/** Who may call: anybody; whoever has a valid token; an administrator. */
export type Audience = "anyone" | "user" | "admin";

/** A request once its guards let it in. `body` and `query` fit their schemas. */
export interface Call<B = unknown, Q = unknown> {
  readonly body: B;
  readonly query: Q;
  /** The `:user` of the path, a well-formed user id; empty if the path has none. */
  readonly user: string;
  readonly address: string;
}

export interface GuardedCall<B = unknown, Q = unknown> extends Call<B, Q> {
  readonly principal: Principal;
}

/** What the documents show of an operation. */
export interface Described {
  readonly method: "GET" | "POST" | "PATCH";
  /** `:user` is the only parameter there is. */
  readonly path: string;
  readonly audience: Audience;
  readonly tag: "accounts" | "administration" | "commands";
  readonly summary: string;
  readonly body?: ObjectSchema | undefined;
  readonly query?: ObjectSchema | undefined;
  readonly result: ObjectSchema;
  /** Status of success; 200 unless said. */
  readonly status?: 200 | 201 | undefined;
  /** Errors that are this operation's own; those of every operation of its audience are added. */
  readonly errors: readonly ErrorName[];
}

export interface Route extends Described {
  /** `principal` is there unless the audience is anyone. */
  readonly handle: (call: Call, principal: Principal | undefined) => Promise<unknown>;
}

type Typed<B, Q> = Omit<Described, "body" | "query" | "audience"> & {
  readonly body?: B;
  readonly query?: Q;
};

/** A route for anybody. */
export function openRoute<
  const B extends ObjectSchema | undefined = undefined,
  const Q extends ObjectSchema | undefined = undefined,
>(
  route: Typed<B, Q> & {
    readonly handle: (call: Call<StaticOf<B>, StaticOf<Q>>) => Promise<unknown>;
  },
): Route {
  return {
    ...route,
    audience: "anyone",
    handle: (call) => route.handle(call as Call<StaticOf<B>, StaticOf<Q>>),
  };
}

/** A route for bearers of a token, or for administrators among them. */
export function guardedRoute<
  const B extends ObjectSchema | undefined = undefined,
  const Q extends ObjectSchema | undefined = undefined,
>(
  route: Typed<B, Q> & {
    readonly audience: "user" | "admin";
    readonly handle: (call: GuardedCall<StaticOf<B>, StaticOf<Q>>) => Promise<unknown>;
  },
): Route {
  return {
    ...route,
    handle: (call, principal) => {
      if (principal === undefined)
        throw new Error(`${route.method} ${route.path} was let in without a token.`);
      return route.handle({ ...(call as Call<StaticOf<B>, StaticOf<Q>>), principal });
    },
  };
}
