import { expect, test } from "bun:test";
import { isReplaced } from "./replaced.ts";

const page = (script: string): string =>
  `<!doctype html><script type="module" crossorigin src="${script}"></script>`;

test("a page is replaced when the server's page begins with another script", () => {
  expect(isReplaced(page("/assets/index-a1.js"), ["/assets/index-a1.js"])).toBe(false);
  expect(isReplaced(page("/assets/index-b2.js"), ["/assets/index-a1.js"])).toBe(true);
});

test("a page that is not this application's replaces nothing", () => {
  expect(isReplaced("<h1>Please sign in to this network</h1>", ["/assets/index-a1.js"])).toBe(
    false,
  );
});
