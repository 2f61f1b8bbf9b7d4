/** Health and metrics: what orchestrators, load balancers and Prometheus ask. */
import { timingSafeEqual } from "node:crypto";
import type { Hono } from "hono";
import { wireError } from "@godwit/protocol";
import type { HttpBackend, RequestEnv } from "./deps.ts";
import { bearerToken } from "./guard.ts";
import { ApiError } from "./reply.ts";

const noStore = { "cache-control": "no-store" };

function sameSecret(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function addProbes(
  app: Hono<RequestEnv>,
  backend: HttpBackend,
  metricsToken: string | undefined,
): void {
  app.get("/livez", (context) => context.json({ alive: true }, 200, noStore));
  app.get("/readyz", (context) => {
    const { ready, reasons } = backend.readiness();
    return context.json({ ready, reasons }, ready ? 200 : 503, noStore);
  });
  app.get("/metrics", async (context) => {
    if (
      metricsToken !== undefined &&
      !sameSecret(bearerToken(context.req.header("authorization")), metricsToken)
    )
      throw new ApiError(
        wireError("token_invalid", "Metrics want the token that the configuration names."),
      );
    // The version of the exposition format that Prometheus asks for in text.
    return context.body(await backend.metrics(), 200, {
      ...noStore,
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });
}
