import { describe, expect, test } from "bun:test";
import { calendar, daysBetween, startOfDay } from "./days.ts";

const utc = (text: string) => Date.parse(text);

describe("calendar", () => {
  test("a day ends at midnight of the zone, not of Greenwich", () => {
    const shanghai = calendar("Asia/Shanghai");
    expect(shanghai(utc("2026-11-23T15:59:59.999Z"))).toBe("2026-11-23");
    expect(shanghai(utc("2026-11-23T16:00:00Z"))).toBe("2026-11-24");
    const newYork = calendar("America/New_York");
    expect(newYork(utc("2026-11-24T04:59:59Z"))).toBe("2026-11-23");
    expect(newYork(utc("2026-11-24T05:00:00Z"))).toBe("2026-11-24");
  });

  test("zones off the hour", () => {
    const kathmandu = calendar("Asia/Kathmandu");
    expect(kathmandu(utc("2026-11-23T18:14:59Z"))).toBe("2026-11-23");
    expect(kathmandu(utc("2026-11-23T18:15:00Z"))).toBe("2026-11-24");
    const chatham = calendar("Pacific/Chatham");
    expect(chatham(utc("2026-06-10T11:14:59Z"))).toBe("2026-06-10");
    expect(chatham(utc("2026-06-10T11:15:00Z"))).toBe("2026-06-11");
  });

  test("days of 23 and 25 hours", () => {
    const berlin = calendar("Europe/Berlin");
    expect(berlin(utc("2026-03-28T22:59:59Z"))).toBe("2026-03-28");
    expect(berlin(utc("2026-03-28T23:00:00Z"))).toBe("2026-03-29");
    expect(berlin(utc("2026-03-29T21:59:59Z"))).toBe("2026-03-29");
    expect(berlin(utc("2026-03-29T22:00:00Z"))).toBe("2026-03-30");
    expect(berlin(utc("2026-10-25T22:59:59Z"))).toBe("2026-10-25");
    expect(berlin(utc("2026-10-25T23:00:00Z"))).toBe("2026-10-26");
  });

  test("the day that Samoa left out", () => {
    const apia = calendar("Pacific/Apia");
    expect(apia(utc("2011-12-30T09:59:59Z"))).toBe("2011-12-29");
    expect(apia(utc("2011-12-30T10:00:00Z"))).toBe("2011-12-31");
  });

  test("keeps answering right when its memory was full", () => {
    const day = calendar("UTC");
    for (let index = 0; index < 10_000; index++) day(index * 15 * 60_000);
    expect(day(0)).toBe("1970-01-01");
    expect(day(utc("2026-02-28T23:59:59Z"))).toBe("2026-02-28");
  });
});

test("daysBetween counts days over a change of the clock and over years", () => {
  expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
  expect(daysBetween("2026-01-01", "2025-12-31")).toBe(-1);
  expect(daysBetween("2024-02-28", "2024-03-01")).toBe(2);
});

test("startOfDay is the local midnight, and refuses what is no day", () => {
  const start = startOfDay("2026-11-23");
  expect(start).toBe(new Date(2026, 10, 23).getTime());
  for (const day of ["", "2026-13-01", "2026-02-30", "23.11.2026", "2026-1-2"]) {
    expect(startOfDay(day)).toBeUndefined();
  }
});
