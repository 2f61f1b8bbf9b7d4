import { expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { en } from "./en.ts";
import { chooseLanguage, helpTitle, translator } from "./translate.ts";
import { zh } from "./zh.ts";

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
const source = join(import.meta.dir, "..");
const files = [...new Glob("**/*.ts").scanSync(source)].filter(
  (file) => !file.startsWith("i18n/") && !file.endsWith(".test.ts"),
);
const code = files.map((file) => readFileSync(join(source, file), "utf8")).join("\n");

test("both tables have the same keys and the same places to fill", () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  for (const [key, text] of Object.entries(en))
    expect(places(zh[key as keyof typeof en]), key).toEqual(places(text));
});

test("every failure and warning of the doctor says how to mend it", () => {
  for (const [, key] of code.matchAll(/found\.(?:warn|fail)\("([\w.]+)"/g))
    expect(Object.keys(en), key).toContain(`${key}.remedy`);
});

test("every text is used", () => {
  // Keys that are put together from parts are found by their beginning.
  const built = [...code.matchAll(/`([a-z_.]+)\.\$\{/g)].map(([, head]) => `${head}.`);
  const quoted = new Set([...code.matchAll(/"([a-z_]+(?:\.[a-z_]+)+)"/g)].map(([, key]) => key));
  const unused = Object.keys(en).filter((key) => {
    const base = key.replace(/\.remedy$/, "");
    return (
      !quoted.has(key) &&
      !quoted.has(base) &&
      !key.startsWith("title.") &&
      !built.some((head) => key.startsWith(head))
    );
  });
  expect(unused).toEqual([]);
});

test("every text is in its language", () => {
  for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(/\p{Script=Han}/u);
  for (const [key, text] of Object.entries(zh))
    if (/[a-z]/.test(en[key as keyof typeof en]))
      expect(text, key).toMatch(/\p{Script=Han}|^[✓*（]|\{/u);
});

test("the language comes from the flag, then from the locale in POSIX order", () => {
  expect(chooseLanguage("zh", { LANG: "en_GB.UTF-8" })).toBe("zh");
  expect(chooseLanguage(undefined, { LANG: "zh_CN.UTF-8" })).toBe("zh");
  expect(chooseLanguage(undefined, { LANG: "zh_CN.UTF-8", LC_ALL: "C" })).toBe("en");
  expect(chooseLanguage(undefined, { LANG: "de_DE.UTF-8" })).toBe("en");
  expect(chooseLanguage(undefined, {})).toBe("en");
});

test("places are filled, unknown ones stay visible, values are not filled again", () => {
  const t = translator("en");
  expect(t("user.added", { user: "{name}" })).toBe("{name} was added.");
  expect(t("user.added")).toBe("{user} was added.");
  expect(helpTitle(translator("zh"), "Usage:")).toBe("用法：");
  expect(helpTitle(t, "Something:")).toBe("Something:");
});
