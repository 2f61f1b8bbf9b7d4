import { expect, test } from "bun:test";
import { stillFound } from "./use-people-search.ts";

const people = [
  { id: "boa", name: "Boa" },
  { id: "bob", name: "Robert" },
  { id: "rob", name: "Bobby" },
];

test("while a longer query is asked for, only those whom it finds are still offered", () => {
  const ids = (wanted: string) => stillFound({ query: "bo", people }, wanted).map(({ id }) => id);
  expect(ids("BOB".toLowerCase())).toEqual(["bob", "rob"]);
  expect(ids("bobx")).toEqual([]);
  expect(ids("b")).toEqual([]);
});
