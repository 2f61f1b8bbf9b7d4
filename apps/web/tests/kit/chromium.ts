/** Debian's Chromium, driven by playwright-core. Without it the suites are skipped with the command that installs it; in CI they fail. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, setDefaultTimeout } from "bun:test";
import { chromium, type Browser } from "playwright-core";

/** One test may wait for several things, on two cores that others use too. */
const testTimeoutMs = 60_000;
/** One thing: generous, because nothing waits longer than it must. */
export const patienceMs = 20_000;

const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const program = process.env["GODWIT_CHROMIUM"] ?? programs.find((file) => existsSync(file));
export const install =
  "apt-get install -y --no-install-recommends chromium fonts-noto-cjk fonts-noto-color-emoji";

/** Starts the browser. Rejects with the command that installs it if there is none. */
export function launch(): Promise<Browser> {
  if (program === undefined) throw new Error(`There is no Chromium. Install it: ${install}`);
  return chromium.launch({
    executablePath: program,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      // A turn of the wheel is over when it has been made.
      "--disable-smooth-scrolling",
      "--font-render-hinting=none",
    ],
  });
}

/** A suite with a browser of its own. */
export function inBrowser(name: string, suite: (browser: () => Browser) => void): void {
  if (program === undefined && process.env["CI"] === undefined) {
    describe.skip(`${name} (needs Chromium: ${install})`, () => suite(noBrowser));
    return;
  }
  describe(name, () => {
    setDefaultTimeout(testTimeoutMs);
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(async () => {
      await browser?.close();
    });
    suite(() => browser ?? noBrowser());
  });
}

function noBrowser(): never {
  throw new Error("The browser is used before the suite has started it.");
}
