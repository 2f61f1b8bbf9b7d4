import { describe, expect, test } from "bun:test";
import { t } from "../../i18n/index.ts";
import { checkEntry, placeError } from "./credentials.ts";

const entry = (user: string, password: string) => ({ user, password, name: "" });
const failed = (name: string, message = "") => Object.assign(new Error(message), { name });

describe("what an entry says by itself", () => {
  test.each([
    ["", "12345678", ["user"]],
    ["-ada", "12345678", ["user"]],
    ["ada lovelace", "12345678", ["user"]],
    ["a".repeat(65), "12345678", ["user"]],
    ["ada", "", ["password"]],
    ["ada", "1234567", ["password"]],
    ["ada", "密码密码密码密码", []],
    ["ada", "🐦🐦🐦🐦", ["password"]],
    ["Ada.L-1_x", "12345678", []],
  ])("registering as %j with %j", (user, password, wrong) =>
    expect(Object.keys(checkEntry(t, "register", entry(user, password)))).toEqual(wrong),
  );

  test("signing in asks only that there is something: rules may have been others once", () => {
    expect(checkEntry(t, "signIn", entry("host|42", "x"))).toEqual({});
    expect(Object.keys(checkEntry(t, "signIn", entry("", "")))).toEqual(["user", "password"]);
  });
});

describe("the server's refusal stands at the field it is about", () => {
  test.each([
    ["register", "user_exists", "user"],
    ["signIn", "credentials_wrong", "password"],
    ["signIn", "too_many_attempts", "form"],
    ["register", "forbidden", "form"],
    ["register", "http_failed", "form"],
  ] as const)("%s: %s", (mode, name, place) =>
    expect(Object.keys(placeError(t, mode, "ada", failed(name)))).toEqual([place]),
  );

  test("a rule of this server in its own words", () =>
    expect(
      placeError(
        t,
        "register",
        "ada",
        failed("invalid_params", "A password has 12 to 256 characters."),
      ),
    ).toEqual({ form: "A password has 12 to 256 characters." }));
});
