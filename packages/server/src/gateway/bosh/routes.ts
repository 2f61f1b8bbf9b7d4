/** `/http-bind`: where BOSH clients knock. */
import type { Hono } from "hono";
import { originAllowed } from "../listeners/admission.ts";
import type { RequestEnv } from "../http/deps.ts";
import type { BoshListener } from "./listener.ts";

const path = "/http-bind";
const type = "text/xml; charset=utf-8";

/** Adds the route. Pages of other origins may only come from where they are listed, as with every other door. */
export function addBosh(
  app: Hono<RequestEnv>,
  bosh: BoshListener,
  config: { readonly allowedOrigins: readonly string[]; readonly bodyBytesMax: number },
): void {
  const headersFor = (origin: string | undefined): Record<string, string> => ({
    "content-type": type,
    "cache-control": "no-store",
    ...(origin === undefined ? {} : { "access-control-allow-origin": origin, vary: "origin" }),
  });
  const admitted = (origin: string | undefined, host: string | undefined) =>
    originAllowed(origin ?? null, host ?? null, config.allowedOrigins);

  app.options(path, ({ req }) => {
    const origin = req.header("origin");
    if (!admitted(origin, req.header("host"))) return new Response(null, { status: 403 });
    const headers = {
      ...headersFor(origin),
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "86400",
    };
    return new Response(null, { status: 204, headers });
  });

  app.post(path, async ({ req, env }) => {
    const origin = req.header("origin");
    if (!admitted(origin, req.header("host")))
      return new Response("This origin may not connect; see listen.origins.", { status: 403 });
    const data = new Uint8Array(await req.arrayBuffer());
    if (data.length > config.bodyBytesMax)
      return new Response("The request is too large.", { status: 413 });
    const text = await bosh.request(data, env.address);
    return new Response(text, { headers: headersFor(origin) });
  });
}
