/** The server's own pages, and the files of the web client where there is one. */
import type { Context, Hono } from "hono";
import type { HttpBackend, HttpConfig, RequestEnv } from "./deps.ts";
import { unknownOperation } from "./api.ts";
import { describeCommands } from "./command-routes.ts";
import { describeApi } from "./openapi.ts";
import { lanOrigins } from "./lan.ts";
import { docsPage } from "./pages/docs-page.ts";
import { pickLanguage, type Language } from "./pages/language.ts";
import { notFoundPage, startPage } from "./pages/start-page.ts";
import { favicon, style } from "./pages/style.ts";
import type { Described, Route } from "./route.ts";
import { serveStatic } from "./static.ts";

type RequestContext = Context<RequestEnv>;

export interface PagesDeps {
  readonly backend: HttpBackend;
  readonly config: HttpConfig;
  readonly routes: readonly Route[];
}

const assetAge = "public, max-age=3600";

function languageOf(context: RequestContext): Language {
  context.header("vary", "accept-language", { append: true });
  return pickLanguage(context.req.query("lang"), context.req.header("accept-language"));
}

/** Adds the pages and what they load. */
export function addPages(app: Hono<RequestEnv>, { backend, config, routes }: PagesDeps): void {
  const { version, webDir } = config;
  let described: Promise<readonly Described[]> | undefined;
  const operations = () =>
    (described ??= describeCommands().then((commands) => [...routes, ...commands]));

  app.get("/api/openapi.json", async (context) =>
    context.json(describeApi(await operations(), version)),
  );
  app.get("/api/docs", async (context) =>
    context.html(docsPage(await operations(), languageOf(context), version)),
  );
  app.get("/docs", (context) => context.redirect("/api/docs", 302));
  app.get("/_pages/style.css", (context) =>
    context.body(style, 200, {
      "content-type": "text/css; charset=utf-8",
      "cache-control": assetAge,
    }),
  );
  app.get("/_pages/icon.svg", (context) =>
    context.body(favicon, 200, { "content-type": "image/svg+xml", "cache-control": assetAge }),
  );
  // The web client shows links that a phone can open, also where it was opened through localhost.
  app.get("/_pages/lan.json", (context) => {
    const caller = { url: new URL(context.req.url), address: context.env.address };
    const origins = lanOrigins(caller, config.listenHost);
    return context.json({ origins }, 200, { "cache-control": "no-store" });
  });

  app.all("/api/*", () => {
    throw unknownOperation();
  });
  app.get("*", async (context) => {
    const file = webDir === undefined ? undefined : await serveStatic(webDir, context.req.raw);
    if (file !== undefined) return file;
    const language = languageOf(context);
    if (context.req.path !== "/") return context.html(notFoundPage(language, version), 404);
    const { origin } = new URL(context.req.url);
    return context.html(startPage({ language, version, origin, readiness: backend.readiness() }));
  });
}
