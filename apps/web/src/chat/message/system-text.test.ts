import { expect, test } from "bun:test";
import { chatZh } from "../../i18n/chat.zh.ts";
import type { SystemContent } from "../../model/index.ts";
import { systemText, type SystemWords } from "./system-text.ts";

/** The Chinese texts, filled in as the application fills them in. */
const words: SystemWords = {
  t: (key: string, values: Readonly<Record<string, unknown>> = {}) => {
    const text = key
      .split(".")
      .slice(1)
      .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], chatZh);
    return String(text).replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name]));
  },
  list: (items) => items.join("、"),
  dateTime: String,
  nameOf: (user) => (user === "lin" ? "林远" : "Mira"),
  me: "me",
};

test("a Chinese word is not set apart from the Chinese around it, a Latin name is", () => {
  const invited: SystemContent = { event: "invited", users: ["me"] };
  expect(systemText(invited, "lin", words)).toBe("林远邀请了你");
  expect(systemText(invited, "mira", words)).toBe("Mira 邀请了你");
  expect(systemText({ event: "removed", users: ["mira"] }, "me", words)).toBe("你移出了 Mira");
});
