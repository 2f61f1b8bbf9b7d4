import { describe, expect, test } from "bun:test";
import { anchorRow, Places, type Place, scrollTopFor } from "./places.ts";

const boxes = [
  { key: "a", start: 50, size: 100 },
  { key: "b", start: 150, size: 1_000 },
  { key: "c", start: 1_150, size: 40 },
];

describe("anchorRow", () => {
  test("the first row that begins in the viewport", () => {
    expect(anchorRow(boxes, 0)?.key).toBe("a");
    expect(anchorRow(boxes, 50)?.key).toBe("a");
    expect(anchorRow(boxes, 51)?.key).toBe("b");
    expect(anchorRow(boxes, 1_100)?.key).toBe("c");
  });

  test("past the last beginning, the row that covers the edge, else the last", () => {
    expect(anchorRow(boxes, 1_160)?.key).toBe("c");
    expect(anchorRow(boxes, 5_000)?.key).toBe("c");
    expect(anchorRow(boxes.slice(0, 2), 400)?.key).toBe("b");
    expect(anchorRow([], 0)).toBeUndefined();
  });
});

describe("scrollTopFor", () => {
  const keys = ["a", "b", "c"];
  const height = (index: number) => [100, 1_000, 40][index] ?? 0;

  test("is the inverse of where the row stood", () => {
    for (const scrollTop of [0, 10, 60, 900, 1_140]) {
      const row = anchorRow(boxes, scrollTop);
      if (row === undefined) throw new Error("there are rows");
      const place = { key: row.key, offset: row.start - scrollTop };
      expect(scrollTopFor(place, keys, height, 50)).toBe(scrollTop);
    }
  });

  test("follows rows that were put before it", () => {
    const place = { key: "b", offset: -20 };
    const before = scrollTopFor(place, keys, height, 50) ?? Number.NaN;
    const longer = (index: number) => (index < 3 ? 70 : height(index - 3));
    expect(scrollTopFor(place, ["x", "y", "z", ...keys], longer, 50)).toBe(before + 210);
  });

  test("never lies above the beginning, and is absent for a row that is not there", () => {
    expect(scrollTopFor({ key: "a", offset: 400 }, keys, height, 0)).toBe(0);
    expect(scrollTopFor({ key: "q", offset: 0 }, keys, height, 0)).toBeUndefined();
  });
});

describe("Places", () => {
  const place = (key: string): Place => ({ key, seq: 1, offset: 0, heights: new Map() });

  test("forgets the one left longest ago", () => {
    const places = new Places(2);
    places.set("one", place("a"));
    places.set("two", place("b"));
    places.set("one", place("c"));
    places.set("three", place("d"));
    expect(["one", "two", "three"].map((id) => places.get(id)?.key)).toEqual(["c", undefined, "d"]);
  });

  test("the newest message needs no place", () => {
    const places = new Places(2);
    places.set("one", place("a"));
    places.set("one", undefined);
    expect(places.get("one")).toBeUndefined();
  });
});
