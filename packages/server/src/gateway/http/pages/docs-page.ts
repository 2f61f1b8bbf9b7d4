import { errors } from "@godwit/protocol";
import { html } from "hono/html";
import { commonErrors } from "../guard.ts";
import { openApiPath } from "../openapi.ts";
import type { Described } from "../route.ts";
import type { JsonSchema } from "../schema.ts";
import type { Language } from "./language.ts";
import { layout, type Html } from "./layout.ts";
import { shapeOf } from "./shape.ts";
import { summariesZh } from "./summaries-zh.ts";
import { errorsZh } from "./errors-zh.ts";
import { textsOf } from "./texts.ts";

const groups = ["accounts", "administration", "commands"] as const;

/** Words between backticks as code. */
const withCode = (text: string) =>
  text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));

function operation(route: Described, language: Language): Html {
  const t = textsOf(language);
  const summary =
    (language === "zh" ? summariesZh[`${route.method} ${route.path}`] : undefined) ?? route.summary;
  const names = [...new Set([...route.errors, ...commonErrors(route.audience)])];
  const block = (title: string, schema: JsonSchema | undefined) =>
    schema === undefined
      ? ""
      : html`<h3>${title}</h3>
          <pre class="sheet">${shapeOf(schema)}</pre>`;
  return html`<details>
    <summary>
      <span class="method">${route.method}</span><code>${openApiPath(route.path)}</code
      ><span class="who">${t.audience[route.audience]}</span
      ><span class="what">${withCode(summary)}</span>
    </summary>
    <div class="inside">
      ${block(t.query, route.query)}${block(t.body, route.body)}${block(`${t.answer} ${route.status ?? 200}`, route.result)}
      <h3>${t.failures}</h3>
      <ul>
        ${names.map((name) => html`<li><code>${errors[name].code} ${name}</code> ${language === "zh" ? errorsZh[name] : errors[name].message}</li>`)}
      </ul>
    </div>
  </details>`;
}

/** Every operation of the API, readable without a script and without anything from another host. */
export function docsPage(routes: readonly Described[], language: Language, version: string): Html {
  const t = textsOf(language);
  const sections = groups.map(
    (group) =>
      html`<section>
        <h2>${t.groups[group]}</h2>
        ${routes.filter(({ tag }) => tag === group).map((route) => operation(route, language))}
      </section>`,
  );
  const body = html`<h1>${t.docsTitle}</h1>
    <p>${t.docsIntro}</p>
    <p><a href="/api/openapi.json">openapi.json</a></p>
    ${sections}`;
  return layout({ language, title: `${t.docsTitle} · Godwit`, path: "/api/docs", version }, body);
}
