import { expect, test } from "bun:test";
import { avatarColor, initials } from "./avatar-looks.ts";

test.each([
  ["Ada Lovelace", "AL"],
  ["alice", "A"],
  ["jean-luc picard", "JP"],
  ["bob.smith", "BS"],
  ["张小明", "小明"],
  ["李雷", "李雷"],
  ["王", "王"],
  ["欧阳娜娜 Nana", "娜娜"],
  ["山田 太郎", "太郎"],
  ["김민준", "민준"],
  ["Ольга Иванова", "ОИ"],
  ["The Lagoon · 泻湖", "TL"],
  ["泻湖 · The Lagoon", "泻湖"],
  ["42", "4"],
  ["🦆 pond", "P"],
  ["🦆", "🦆"],
  ["", "?"],
  ["  ", "?"],
])("%s is known as %s", (name, letters) => expect(initials(name)).toBe(letters));

test("a colour belongs to the id", () => {
  expect(avatarColor("alice")).toBe(avatarColor("alice"));
  const different = new Set(Array.from({ length: 200 }, (_, i) => avatarColor(`user${i}`)));
  expect(different.size).toBe(12);
});
