import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { characters, fit, manyLines, oneLine, pad, width, wrap } from "./text.ts";

describe("text from others cannot command the terminal", () => {
  test.each([
    ["clear screen", "a\x1b[2Jb", "ab"],
    ["title (OSC)", "a\x1b]0;owned\x07b", "ab"],
    ["title with ST", "a\x1b]0;owned\x1b\\b", "ab"],
    ["8-bit CSI", "a\x9b31mb", "ab"],
    ["hyperlink", "\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"],
    ["lone escape", "a\x1bb", "ab"],
    ["bell and backspaces", "a\x07\b\b\bb", "ab"],
    ["carriage return over the name", "me\rbob: fake", "me bob: fake"],
    ["bidirectional override", "a\u202egnp.exe", "agnp.exe"],
    ["hidden tag characters", "a\u{e0041}\u{e0042}", "a"],
  ])("%s", (_what, text, shown) => expect(oneLine(text)).toBe(shown));

  test("nothing a terminal obeys is left of any text", () => {
    const nasty = fc.array(
      fc.constantFrom(
        "\x1b",
        "[",
        "]",
        "0;",
        "\x07",
        "\x9b",
        "\x9d",
        "P",
        "\\",
        "\r",
        "\n",
        "31m",
        "?1049h",
        "x",
        "你",
        "\u202e",
      ),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          nasty.map((parts) => parts.join("")),
          fc.string({ unit: "binary" }),
        ),
        (text) => {
          for (const line of [oneLine(text), ...manyLines(text)])
            expect(
              Array.from(line).some(
                (char) =>
                  (char.codePointAt(0) ?? 0) < 0x20 || /[\u007f-\u009f\u2028-\u202e]/.test(char),
              ),
            ).toBe(false);
        },
      ),
    );
  });

  test("ordinary writing is left alone", () => {
    for (const text of ["你好，世界", "👨‍👩‍👧 family", "naïve Zürich", "हिन्दी", "مرحبا", "a  b"])
      expect(oneLine(text)).toBe(text);
  });

  test("a tower of combining marks is cut down", () =>
    expect(oneLine(`e${"\u0301".repeat(200)}`)).toBe(`e${"\u0301".repeat(4)}`));
});

describe("widths", () => {
  test("wide characters count two, emoji with joiners two, marks none", () => {
    expect(["你好", "abc", "👨‍👩‍👧", "e\u0301", "ｶﾅ"].map(width)).toEqual([4, 3, 2, 1, 2]);
  });

  test("characters are what a reader sees", () =>
    expect(characters("a👨‍👩‍👧é你")).toEqual(["a", "👨‍👩‍👧", "é", "你"]));

  test("fit never cuts a wide character in half", () => {
    expect(fit("你好世界", 5)).toBe("你好…");
    expect(fit("你好世界", 4)).toBe("你…");
    expect(fit("short", 10)).toBe("short");
    expect(fit("abc", 0)).toBe("");
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 0, max: 20 }),
        (text, columns) => width(fit(oneLine(text), columns)) <= columns,
      ),
    );
  });

  test("pad fills by columns", () => expect(width(pad("你好", 10))).toBe(10));

  test("wrap keeps within the columns and loses nothing but the space it breaks at", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    const lines = wrap("汉字".repeat(30), 11);
    expect(lines.every((line) => width(line) <= 11)).toBe(true);
    expect(lines.join("")).toBe("汉字".repeat(30));
  });
});
