import { describe, expect, test } from "bun:test";
import { createFormat, dayDistance } from "./format.ts";
import { localeOf, pickLanguage } from "./pick.ts";

const at = (text: string) => new Date(text).getTime();

describe("the day of a message", () => {
  const now = at("2026-03-12T00:30:00");
  test.each([
    ["2026-03-12T00:10:00", "today"],
    ["2026-03-12T09:00:00", "today"],
    ["2026-03-11T23:59:00", "yesterday"],
    ["2026-03-10T23:59:00", "week"],
    ["2026-03-06T00:00:00", "week"],
    ["2026-03-05T23:59:00", "year"],
    ["2025-12-31T23:59:00", "older"],
  ])("%s is %s", (time, distance) => expect(dayDistance(at(time), now)).toBe(distance as never));
});

test("brief times grow with the distance, in each language", () => {
  const now = at("2026-03-12T15:00:00");
  const british = createFormat("en", ["en-GB"]);
  expect(british.brief(at("2026-03-12T14:05:00"), now, "Yesterday")).toBe("14:05");
  expect(british.brief(at("2026-03-11T14:05:00"), now, "Yesterday")).toBe("Yesterday");
  expect(british.brief(at("2026-01-03T14:05:00"), now, "Yesterday")).toBe("3 Jan");
  expect(british.brief(at("2024-01-03T14:05:00"), now, "Yesterday")).toBe("03/01/2024");
  const chinese = createFormat("zh", ["en-GB"]);
  expect(chinese.brief(at("2026-01-03T14:05:00"), now, "昨天")).toBe("1月3日");
  expect(chinese.brief(at("2026-03-10T14:05:00"), now, "昨天")).toBe("周二");
});

test("lists join as the language does", () => {
  expect(createFormat("en", ["en-GB"]).list(["Ada", "Bob", "Carol"])).toBe("Ada, Bob and Carol");
  expect(createFormat("zh", []).list(["张三", "李四"])).toBe("张三和李四");
});

test("the language is the first of the browser's that is spoken", () => {
  expect(pickLanguage(["fr-FR", "zh-TW", "en"])).toBe("zh");
  expect(pickLanguage(["de"])).toBe("en");
  expect(pickLanguage([])).toBe("en");
  expect(localeOf("en", ["zh-CN", "en-AU"])).toBe("en-AU");
  expect(localeOf("zh", ["en-AU"])).toBe("zh-CN");
});
