import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { rules } from "./architecture/checks.ts";
import { readSources } from "./architecture/source.ts";

const sources = readSources(fileURLToPath(new URL("..", import.meta.url)));

for (const [name, check] of Object.entries(rules)) {
  test(name, () => {
    const broken = check(sources).map(({ path, line, message }) => `${path}:${line} ${message}`);
    expect(broken.join("\n")).toBe("");
  });
}

test("the sources were found", () => {
  expect(sources.length).toBeGreaterThan(50);
});
