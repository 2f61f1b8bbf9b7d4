/** The HTTP side of the server as one function from request to response: API, health, metrics, pages. The entry point of this folder. */
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { wireError } from "@godwit/protocol";
import { addBosh } from "../bosh/routes.ts";
import { callerAddress } from "./address.ts";
import { addApi, listRoutes, unknownOperation } from "./api.ts";
import type { HttpApp, HttpDeps, RequestEnv } from "./deps.ts";
import { addPages } from "./pages.ts";
import { addProbes } from "./probes.ts";
import { StreamRoutes } from "../poll/routes.ts";
import { ApiError, apiError, errorResponse } from "./reply.ts";

export type { HttpApp } from "./deps.ts";

/** Our own pages load a style sheet and an icon from here; JSON needs nothing. */
const ownPolicy = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

export function createHttpApp({
  accounts,
  backend,
  config,
  poll,
  bosh,
  clock,
  logError,
}: HttpDeps): HttpApp {
  const app = new Hono<RequestEnv>({ strict: false });
  app.use(
    secureHeaders({
      contentSecurityPolicy: ownPolicy,
      referrerPolicy: "no-referrer",
      xFrameOptions: "DENY",
      // Whether everything under this name speaks TLS for good is the operator's to say.
      strictTransportSecurity: false,
      // The web client's files bring a policy of their own.
      overwrite: false,
    }),
  );
  const routes = listRoutes(accounts, backend);
  addApi(app, { accounts, backend, config, poll, clock, routes });
  if (bosh !== undefined) addBosh(app, bosh, config);
  addProbes(app, backend, config.metricsToken);
  addPages(app, { backend, config, routes });

  app.notFound(() => errorResponse(unknownOperation()));
  app.onError((error, context) => {
    const known = apiError(error);
    if (known === undefined)
      logError(error, { method: context.req.method, path: context.req.path });
    return errorResponse(known ?? new ApiError(wireError("internal")));
  });

  const streams =
    poll &&
    new StreamRoutes({ poll, origins: config.allowedOrigins, bodyBytesMax: config.bodyBytesMax });
  return {
    fetch(request, peer) {
      const address = callerAddress(
        peer.address,
        request.headers.get("x-forwarded-for") ?? undefined,
        config.trustProxy,
      );
      return streams?.fetch(request, address) ?? app.fetch(request, { address });
    },
  };
}
