import { describe, expect, test } from "bun:test";
import { lanOrigins, ownAddresses } from "./lan.ts";
import { openTestApp } from "./testing.ts";

const own = () => ["192.0.2.7"];
const ask = (url: string, address: string, listenHost: string | undefined) =>
  lanOrigins({ url: new URL(url), address }, listenHost, own);

describe("addresses in the local network", () => {
  test("are told to this machine", () => {
    for (const [url, address] of [
      ["http://localhost:8480/", "127.0.0.1"],
      ["http://127.0.0.1:8480/", "::ffff:127.0.0.1"],
      ["http://[::1]:8480/", "::1"],
    ] as const)
      expect(ask(url, address, "0.0.0.0")).toEqual(["http://192.0.2.7:8480"]);
  });

  test.each([
    ["another machine", "http://localhost:8480/", "192.0.2.9", "0.0.0.0"],
    ["a foreign name that points here", "http://evil.test:8480/", "127.0.0.1", "0.0.0.0"],
    ["a listener of this machine only", "http://localhost:8480/", "127.0.0.1", "127.0.0.1"],
    ["a listener with a certificate", "https://localhost:8480/", "127.0.0.1", "0.0.0.0"],
    ["an unknown listener", "http://localhost:8480/", "127.0.0.1", undefined],
  ])("not for %s", (_, url, address, listenHost) =>
    expect(ask(url, address, listenHost)).toEqual([]),
  );

  test("this machine has no loopback among them", () => {
    for (const address of ownAddresses()) expect(address.startsWith("127.")).toBe(false);
  });

  test("over HTTP they are never kept, and nobody else gets one", async () => {
    const { ask: get } = await openTestApp({ listenHost: "0.0.0.0" });
    const answer = await get("GET", "/_pages/lan.json");
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ origins: [] });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});
