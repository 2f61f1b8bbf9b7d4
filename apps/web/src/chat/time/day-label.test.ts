import { expect, test } from "bun:test";
import { createDayLabel } from "./day-label.ts";
import { calendar } from "./days.ts";

const dayOf = calendar();

test("days near are words, those of this year have a weekday, older ones a year", () => {
  const english = createDayLabel("en", ["en-GB"], { today: "Today", yesterday: "Yesterday" });
  const chinese = createDayLabel("zh", [], { today: "今天", yesterday: "昨天" });
  const label = (make: typeof english, date: string) => {
    const time = new Date(`${date}T12:00:00`).getTime();
    return make(time, dayOf(time), "2026-11-23");
  };
  expect(label(english, "2026-11-23")).toBe("Today");
  expect(label(english, "2026-11-22")).toBe("Yesterday");
  expect(label(english, "2026-11-20")).toBe("Friday 20 November");
  expect(label(english, "2025-12-31")).toBe("31 December 2025");
  expect(label(chinese, "2026-11-22")).toBe("昨天");
  expect(label(chinese, "2026-11-20")).toBe("11月20日星期五");
  expect(label(chinese, "2025-12-31")).toBe("2025年12月31日");
});

test("over the turn of the year, yesterday is yesterday", () => {
  const english = createDayLabel("en", ["en-GB"], { today: "Today", yesterday: "Yesterday" });
  const time = new Date("2025-12-31T12:00:00").getTime();
  expect(english(time, "2025-12-31", "2026-01-01")).toBe("Yesterday");
});
