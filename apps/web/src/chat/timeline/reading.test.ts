import { expect, test } from "bun:test";
import { newestSeen } from "./reading.ts";

const boxes = [
  { seq: 7, start: 0, size: 40 },
  { seq: 8, start: 40, size: 600 },
  { seq: 9, start: 640, size: 40 },
  { seq: undefined, start: 680, size: 40 },
];

test("a message counts when enough of it is on the screen", () => {
  expect(newestSeen(boxes, 0, 40)).toBe(7);
  expect(newestSeen(boxes, 0, 80)).toBe(7);
  expect(newestSeen(boxes, 0, 88)).toBe(8);
  expect(newestSeen(boxes, 0, 660)).toBe(8);
  expect(newestSeen(boxes, 0, 680)).toBe(9);
});

test("a message larger than the screen counts while it fills it", () => {
  expect(newestSeen(boxes, 100, 500)).toBe(8);
});

test("what was scrolled past at the top, or waits to be sent, does not count", () => {
  expect(newestSeen(boxes.slice(0, 1), 40, 500)).toBeUndefined();
  expect(newestSeen(boxes.slice(3), 0, 1_000)).toBeUndefined();
  expect(newestSeen([], 0, 500)).toBeUndefined();
});
