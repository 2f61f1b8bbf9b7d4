import { describe, expect, test } from "bun:test";
import { chatRoute, parentOf, parseRoute, pathOf, type Route } from "./router.ts";

const routes: readonly (readonly [string, Route])[] = [
  ["/", { page: "home" }],
  ["/c/d:ada:bob", chatRoute("d:ada:bob")],
  ["/c/g:1:abcdefgh/info", chatRoute("g:1:abcdefgh", true)],
  ["/c/d:a.b:c%7Cd@e=f", chatRoute("d:a.b:c|d@e=f")],
  ["/u/ada", { page: "user", user: "ada" }],
  ["/i/eyJ.a-b_c", { page: "invite", token: "eyJ.a-b_c" }],
  ["/settings", { page: "settings" }],
];

describe("addresses", () => {
  for (const [path, route] of routes)
    test(`${path} there and back`, () => {
      expect(parseRoute(pathOf(route))).toEqual(route);
      expect(parseRoute(path)).toEqual(route);
    });

  test("every conversation id comes back as it was", () => {
    for (const id of ["d:a=1:b", "d:x%2F:y", "d:你:好", "a/b", "a?b#c&d"])
      expect(parseRoute(pathOf(chatRoute(id)))).toEqual(chatRoute(id));
  });

  test("what nobody made is unknown, not a crash", () => {
    for (const path of [
      "/c",
      "/c/%E0%A4%A",
      "/x/y",
      "/c/a/b",
      "/c/a/info/b",
      "/u/a/b",
      "/settings/x",
    ])
      expect(parseRoute(path).page).toBe("unknown");
  });

  test("one step up", () => {
    expect(parentOf(chatRoute("g:1:abcdefgh", true))).toEqual(chatRoute("g:1:abcdefgh"));
    expect(parentOf(chatRoute("g:1:abcdefgh"))).toEqual({ page: "home" });
    expect(parentOf({ page: "settings" })).toEqual({ page: "home" });
  });
});
