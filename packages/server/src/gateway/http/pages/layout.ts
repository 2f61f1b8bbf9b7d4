import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Language } from "./language.ts";
import { icon } from "./style.ts";
import { textsOf } from "./texts.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageFrame {
  readonly language: Language;
  readonly title: string;
  /** Path of this page, for the link to the same in the other language. */
  readonly path: string;
  readonly version: string;
}

/** A whole document around a body. Everything put in is escaped unless it is `html` itself. */
export function layout({ language, title, path, version }: PageFrame, body: Html): Html {
  const texts = textsOf(language);
  const other: Language = language === "zh" ? "en" : "zh";
  return html`<!doctype html>
    <html lang="${texts.htmlLang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="/_pages/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/_pages/style.css" />
      </head>
      <body>
        <header>
          <a class="mark" href="/?lang=${language}"
            >${raw(icon.replace("<svg ", '<svg aria-hidden="true" '))}Godwit</a
          >
          <nav>
            <a href="/api/docs?lang=${language}">API</a
            ><a
              href="${path}?lang=${other}"
              lang="${textsOf(other).htmlLang}"
              hreflang="${textsOf(other).htmlLang}"
              >${texts.otherLanguage}</a
            >
          </nav>
        </header>
        <main>${body}</main>
        <footer>Godwit ${version} · Apache-2.0</footer>
      </body>
    </html>`;
}
