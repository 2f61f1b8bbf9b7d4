/** A page of the server's own origin that has the SDK and nothing else. */
import type { BrowserContext, Page } from "playwright-core";
import type * as sdk from "@godwit/client";

export type Sdk = typeof sdk;

const path = "/sdk-alone";
const source = `import * as sdk from "@godwit/client"; globalThis.sdk = sdk;`;
let bundled: Promise<string> | undefined;

/** Opens such a page. The server knows nothing of it: its answer is made on the way. */
export async function openSdkPage(context: BrowserContext, serverUrl: string): Promise<Page> {
  bundled ??= bundle();
  const script = (await bundled).replaceAll("</script", "<\\/script");
  const page = await context.newPage();
  const body = `<!doctype html><title>SDK</title><script type="module">${script}</script>`;
  await page.route(`**${path}`, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(serverUrl + path);
  await page.waitForFunction(() => "sdk" in globalThis);
  return page;
}

async function bundle(): Promise<string> {
  const entry = `${import.meta.dir}/sdk-alone.ts`;
  const built = await Bun.build({
    entrypoints: [entry],
    files: { [entry]: source },
    target: "browser",
    minify: true,
    throw: true,
  });
  const [output] = built.outputs;
  if (output === undefined) throw new Error("Nothing was built.");
  return output.text();
}
