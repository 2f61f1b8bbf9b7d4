import { describe, expect, test } from "bun:test";
import { linkify } from "./linkify.ts";

const links = (text: string) =>
  linkify(text).flatMap((segment) =>
    segment.type === "link" ? [[segment.text, segment.href]] : [],
  );

describe("finds addresses", () => {
  const found: readonly (readonly [text: string, shown: string, href: string])[] = [
    [
      "see https://example.com/a?b=c#d now",
      "https://example.com/a?b=c#d",
      "https://example.com/a?b=c#d",
    ],
    ["HTTP://EXAMPLE.COM", "HTTP://EXAMPLE.COM", "http://example.com/"],
    ["www.example.com!", "www.example.com", "https://www.example.com/"],
    ["(https://example.com/a)", "https://example.com/a", "https://example.com/a"],
    [
      "https://en.wikipedia.org/wiki/Tern_(bird)",
      "https://en.wikipedia.org/wiki/Tern_(bird)",
      "https://en.wikipedia.org/wiki/Tern_(bird)",
    ],
    ["Is it https://example.com/?!", "https://example.com/", "https://example.com/"],
    ["https://example.com, then", "https://example.com", "https://example.com/"],
    ["看https://example.com/a这个", "https://example.com/a", "https://example.com/a"],
    ["地址是https://example.com/a。谢谢", "https://example.com/a", "https://example.com/a"],
    ["https://example.com/a，好", "https://example.com/a", "https://example.com/a"],
    [
      "https://ru.wikipedia.org/wiki/Москва тут",
      "https://ru.wikipedia.org/wiki/Москва",
      "https://ru.wikipedia.org/wiki/%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0",
    ],
    ["ask ann@example.com.", "ann@example.com", "mailto:ann@example.com"],
    [
      "mailto:ann@example.com?subject=hi",
      "mailto:ann@example.com?subject=hi",
      "mailto:ann@example.com?subject=hi",
    ],
    ["http://localhost:8480/c/1", "http://localhost:8480/c/1", "http://localhost:8480/c/1"],
    ["http://[::1]:80/x", "http://[::1]:80/x", "http://[::1]/x"],
  ];
  test.each(found)("%s", (text, shown, href) => {
    expect(links(text)).toEqual([[shown, href]]);
  });

  test("several in one text, and nothing of the text is lost", () => {
    const text = "a https://a.example b ann@b.example\nc www.c.example.";
    expect(links(text)).toHaveLength(3);
    expect(
      linkify(text)
        .map((segment) => segment.text)
        .join(""),
    ).toBe(text);
  });
});

describe("leaves hostile and half addresses as text", () => {
  const refused = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "https://bank.example@evil.example/",
    "https://user:password@evil.example/",
    "https://",
    "https://%00",
    "http://[::1",
    "www.",
    "mailto:",
    "mailto:nobody",
    "a@b",
    "@here",
    "a@@b.example",
  ];
  test.each(refused)("%s", (text) => {
    expect(links(text)).toEqual([]);
    expect(
      linkify(text)
        .map((segment) => segment.text)
        .join(""),
    ).toBe(text);
  });

  test("addresses too long to be read", () => {
    expect(links(`https://example.com/${"a".repeat(2_048)}`)).toEqual([]);
  });

  test("every href begins with a safe scheme, whatever is written around it", () => {
    const around = [
      "javascript:",
      "data:",
      "blob:",
      "\u202E",
      "\u0000",
      "<",
      '"',
      "view-source:",
      "//",
      "\\",
    ];
    for (const before of around) {
      for (const [, href] of links(`${before}https://example.com/${before}x`)) {
        expect(href).toMatch(/^(?:https?|mailto):/u);
      }
    }
  });

  test("quotes and angle brackets end an address", () => {
    expect(links(`https://example.com/"onmouseover=alert(1)`)).toEqual([
      ["https://example.com/", "https://example.com/"],
    ]);
    expect(links("https://example.com/<b>")).toEqual([
      ["https://example.com/", "https://example.com/"],
    ]);
  });

  test("direction overrides end an address", () => {
    expect(links("https://example.com/\u202Egpj.exe")).toEqual([
      ["https://example.com/", "https://example.com/"],
    ]);
  });

  test("long texts without an address take no long time", () => {
    const startedAt = performance.now();
    for (const unit of [
      "a",
      "a.",
      "www.",
      "https:/",
      "(",
      "@",
      "a@",
      "1.2-",
      ")))",
      "https://a",
      "https://)",
    ]) {
      linkify(unit.repeat(65_536 / unit.length));
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

test("a wall of brackets behind an address is cut off in time", () => {
  const text = `https://a.example/${")".repeat(60_000)}`;
  const before = performance.now();
  expect(linkify(text)[0]).toEqual({
    type: "link",
    text: "https://a.example/",
    href: "https://a.example/",
  });
  expect(performance.now() - before).toBeLessThan(500);
});
