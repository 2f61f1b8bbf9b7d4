import { html } from "hono/html";
import type { Readiness } from "../deps.ts";
import type { Language } from "./language.ts";
import { layout, type Html } from "./layout.ts";
import { textsOf } from "./texts.ts";

export interface StartPage {
  readonly language: Language;
  readonly version: string;
  /** `http://host:port` as the caller sees it. */
  readonly origin: string;
  readonly readiness: Readiness;
}

/** What one sees at `/` while there is no web client: what runs here and how to try it. */
export function startPage({ language, version, origin, readiness }: StartPage): Html {
  const t = textsOf(language);
  const url = `--url ${origin}`;
  const ws = `${origin.replace(/^http/, "ws")}/ws`;
  const links = [
    { path: "/api/docs", does: t.addresses.docs },
    { path: "/api/openapi.json", does: t.addresses.openapi },
    { path: "/livez", does: t.addresses.livez },
    { path: "/readyz", does: t.addresses.readyz },
    { path: "/metrics", does: t.addresses.metrics },
  ];
  // Broken so that each row fits a narrow screen, and can be pasted as it is.
  const terminal = (number: number, ...rows: string[]) =>
    html`<div class="terminal">
      <b>${t.terminal} ${number}</b>
      <pre><span class="prompt">$ </span>${[...rows, url].join(" \\\n    ")}</pre>
    </div>`;
  const body = html` <h1>${t.claim.map((phrase) => html`<span>${phrase}</span>`)}</h1>
    <p class="lead">${t.about}</p>
    <p>
      <span class="state${readiness.ready ? " good" : ""}"
        >${readiness.ready ? t.ready : `${t.notReady}: ${readiness.reasons.join(", ")}`} ·
        ${version}</span
      >
    </p>
    <section>
      <h2>${t.tryTitle}</h2>
      <p>${t.tryIntro}</p>
      <div class="grid">
        ${terminal(1, "npx godwit chat --user alice")}
        ${terminal(2, "npx godwit chat --user bob", "--with alice")}
      </div>
      <p class="soft">${t.tryAfter}</p>
    </section>
    <section>
      <h2>${t.programTitle}</h2>
      <p>${t.programIntro}</p>
      <pre class="sheet">
TOKEN=$(curl -s ${origin}/api/register -H 'content-type: application/json' \\
  -d '{"user":"erin","password":"choose a good one"}' |
  node -p 'JSON.parse(fs.readFileSync(0)).token')

curl ${origin}/api/commands/send -H 'content-type: application/json' \\
  -H "authorization: Bearer $TOKEN" \\
  -d '{"conversation":"d:alice:erin","clientId":"'$(node -p 'crypto.randomUUID()')'",
       "clientSeq":1,"kind":"text","content":{"text":"Hello from curl"}}'</pre>
    </section>
    <section>
      <h2>${t.addressesTitle}</h2>
      <dl>
        <div>
          <dt><code>${ws}</code></dt>
          <dd>${t.addresses.ws}</dd>
        </div>
        ${links.map(
          ({ path, does }) =>
            html`<div>
              <dt>
                <a href="${path}"><code>${path}</code></a>
              </dt>
              <dd>${does}</dd>
            </div>`,
        )}
      </dl>
    </section>
    <section>
      <h2>${t.administratorTitle}</h2>
      <p>${t.administrator}</p>
    </section>`;
  return layout({ language, title: t.title, path: "/", version }, body);
}

export function notFoundPage(language: Language, version: string): Html {
  const t = textsOf(language);
  const body = html`<h1>${t.notFoundTitle}</h1>
    <p class="lead">${t.notFound} <a href="/?lang=${language}">${t.back}</a></p>`;
  return layout({ language, title: `${t.notFoundTitle} · Godwit`, path: "/", version }, body);
}
