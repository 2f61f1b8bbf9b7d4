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
import { addCommands } from "./command-routes.ts";
import { streamPaths } from "../poll/routes.ts";
import type { PollListener } from "../poll/listener.ts";
import type { HttpBackend, HttpConfig, RequestEnv } from "./deps.ts";
import { admit, createReader } from "./guard.ts";
import { ApiError, refuse, success } from "./reply.ts";
import type { Route } from "./route.ts";

const minuteMs = 60_000;
const preflightAgeS = 600;

export function listRoutes(accounts: Accounts, backend: HttpBackend): readonly Route[] {
  return [...accountRoutes(accounts, backend), ...adminRoutes(accounts, backend)];
}

export interface ApiDeps {
  readonly accounts: Accounts;
  readonly backend: HttpBackend;
  readonly config: HttpConfig;
  readonly poll: PollListener | undefined;
  readonly clock: Clock;
  readonly routes: readonly Route[];
}

function allowOrigin(allowed: readonly string[]) {
  return (origin: string) =>
    allowed.includes("*") || allowed.includes(origin) ? origin : undefined;
}

/** Adds the API to the app. */
export function addApi(
  app: Hono<RequestEnv>,
  { accounts, backend, config, poll, clock, routes }: ApiDeps,
): void {
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
      return success(result, route.status);
    });
  }

  addCommands(app, admission, backend);

  const methods = new Map<string, readonly string[]>([["/api/commands/:command", ["POST"]]]);
  if (poll !== undefined) {
    for (const [path, allowed] of streamPaths) methods.set(path, allowed);
  }
  for (const { path, method } of routes) {
    const there = methods.get(path) ?? [];
    methods.set(path, [...there, ...(method === "GET" ? ["GET", "HEAD"] : [method])]);
  }
  for (const [path, allowed] of methods) {
    const allow = allowed.join(", ");
    app.all(path, () => {
      throw new ApiError(wireError("unknown_command", `This address takes ${allow}.`), 405, {
        allow,
      });
    });
  }
}

/** For everything under /api that is nothing. */
export function unknownOperation(): ApiError {
  return refuse("unknown_command", "There is no such operation; /api/docs lists them.");
}
