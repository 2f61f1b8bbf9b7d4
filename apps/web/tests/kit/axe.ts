/** axe-core on what is shown now: the rules of WCAG 2.2 A and AA, and its best practices. */
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");

interface AxeWindow {
  readonly axe: { run(): Promise<AxeResults> };
}

/** What is wrong with the page, one line for each rule and element; empty if nothing is. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const { violations: found } = await page.evaluate(() =>
    (globalThis as unknown as AxeWindow).axe.run(),
  );
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id}: ${help}: ${target.join(" ")}: ${failureSummary ?? ""}`,
    ),
  );
}
