import { describe, expect, test } from "bun:test";
import { formatBytes, readMedia, readPlace } from "./media.ts";

const origin = "https://chat.example";

describe("readMedia", () => {
  test("a picture of this server is shown in place", () => {
    const media = readMedia("image", { url: "/files/a.png", width: 40, height: 30 }, origin);
    expect(media).toMatchObject({
      inlineUrl: "https://chat.example/files/a.png",
      width: 40,
      height: 30,
    });
  });

  test("a picture of another server is only linked", () => {
    for (const url of ["https://spy.example/a.png", "//spy.example/a.png"]) {
      const media = readMedia("image", { url }, origin);
      expect(media.href).toBe("https://spy.example/a.png");
      expect(media.inlineUrl).toBeUndefined();
    }
  });

  test("files are never shown in place", () => {
    expect(readMedia("file", { url: "/files/a.html" }, origin).inlineUrl).toBeUndefined();
  });

  test("other schemes and forms lead nowhere", () => {
    for (const url of [
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      7,
      "",
      undefined,
    ]) {
      expect(readMedia("file", { url, size: "big", name: {}, width: -1 }, origin)).toEqual({
        href: undefined,
        name: undefined,
        sizeBytes: undefined,
        inlineUrl: undefined,
        width: undefined,
        height: undefined,
      });
    }
  });
});

test("readPlace takes places on earth only", () => {
  expect(readPlace({ lat: 53.55, lon: 9.99 })).toContain("mlat=53.55&mlon=9.99");
  for (const content of [
    {},
    { lat: 91, lon: 0 },
    { lat: Number.NaN, lon: 0 },
    { lat: "1", lon: 2 },
  ]) {
    expect(readPlace(content)).toBeUndefined();
  }
});

test("formatBytes", () => {
  expect(formatBytes(1_400_000, "en")).toBe("1.4 MB");
  expect(formatBytes(999, "en")).toBe("999 bytes");
  expect(formatBytes(5e15, "en")).toBe("5,000,000 GB");
});
