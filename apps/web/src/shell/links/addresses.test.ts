import { expect, test } from "bun:test";
import { isLoopback, linkTo } from "./addresses.ts";

test("names that only this computer knows", () => {
  for (const name of ["localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
    expect([name, isLoopback(name)]).toEqual([name, true]);
  for (const name of ["192.168.1.5", "chat.example.org", "localhost.example.org", "10.127.0.0.1"])
    expect([name, isLoopback(name)]).toEqual([name, false]);
});

test("links carry the address that others can open", () => {
  const route = { page: "user", user: "ada" } as const;
  const local = { origin: "http://localhost:8480", hostname: "localhost" };
  const net = { origin: "https://chat.example.org", hostname: "chat.example.org" };
  expect(linkTo(route, local)).toBe("http://localhost:8480/#/u/ada");
  expect(linkTo(route, local, "http://192.0.2.7:8480")).toBe("http://192.0.2.7:8480/#/u/ada");
  expect(linkTo(route, net, "http://192.0.2.7:8480")).toBe("https://chat.example.org/#/u/ada");
});
