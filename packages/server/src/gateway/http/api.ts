/** The routes under /api on hono, with 404 and 405 as wire errors. */
import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { wireError } from "@godwit/protocol";
import type { Clock } from "../../lib/clock.ts";
import { Throttle } from "../../accounts/throttle.ts";
import type { Accounts } from "../../accounts/accounts.ts";
import { accountRoutes } from "./account-routes.ts";
import { adminRoutes } from "./admin-routes.ts";
import { commandRoutes, connectionCommands } from "./command-routes.ts";
import type { HttpBackend, HttpConfig } from "./deps.ts";
import { admit, createReader } from "./guard.ts";
import { ApiError, refuse } from "./reply.ts";
import type { Route } from "./route.ts";

/** What travels with a request: the caller's address, as trusted. */
export interface RequestEnv {
  Bindings: { readonly address: string };
}

const minuteMs = 60_000;
const preflightAgeS = 600;

export function listRoutes(accounts: Accounts, backend: HttpBackend): readonly Route[] {
  return [
    ...accountRoutes(accounts, backend),
    ...adminRoutes(accounts, backend),
    ...commandRoutes(backend),
  ];
}

export interface ApiDeps {
  readonly accounts: Accounts;
  readonly config: HttpConfig;
  readonly clock: Clock;
  readonly routes: readonly Route[];
}

function allowOrigin(allowed: readonly string[]) {
  return (origin: string) =>
    allowed.includes("*") || allowed.includes(origin) ? origin : undefined;
}

/** Adds the API to the app. */
export function addApi(app: Hono<RequestEnv>, { accounts, config, clock, routes }: ApiDeps): void {
  const admission = {
    accounts,
    throttle: new Throttle(clock, config.requestsPerMinuteMax, minuteMs),
  };
  app.use(
    "/api/*",
    cors({
      origin: allowOrigin(config.allowedOrigins),
      allowMethods: ["GET", "POST", "PATCH"],
      allowHeaders: ["authorization", "content-type"],
      exposeHeaders: ["retry-after"],
      maxAge: preflightAgeS,
    }),
    bodyLimit({
      maxSize: config.bodyBytesMax,
      onError: () => {
        throw refuse(
          "content_too_large",
          `The body has more than ${config.bodyBytesMax} bytes.`,
          413,
        );
      },
    }),
  );

  for (const route of routes) {
    const read = createReader(route);
    app.on(route.method, route.path, async (context) => {
      const { address } = context.env;
      const principal = await admit(
        admission,
        route.audience,
        context.req.header("authorization"),
        address,
      );
      const call = await read(context.req, address);
      const result = await route.handle(call, principal);
      return Response.json(result, {
        status: route.status ?? 200,
        headers: { "cache-control": "no-store" },
      });
    });
  }

  const methods = Map.groupBy(routes, ({ path }) => path);
  for (const [path, there] of methods) {
    const allow = there.map(({ method }) => (method === "GET" ? "GET, HEAD" : method)).join(", ");
    app.all(path, () => {
      throw new ApiError(wireError("unknown_command", `This address takes ${allow}.`), 405, {
        allow,
      });
    });
  }
  app.all("/api/commands/:command", (context) => {
    const known = connectionCommands.has(context.req.param("command") as never);
    throw refuse(
      "unknown_command",
      known ? "This command needs a connection; open a WebSocket at /ws." : undefined,
      404,
    );
  });
}

/** For everything under /api that is nothing. */
export function unknownOperation(): ApiError {
  return refuse("unknown_command", "There is no such operation; /api/docs lists them.", 404);
}
