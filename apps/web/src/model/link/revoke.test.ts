import { afterEach, expect, spyOn, test } from "bun:test";
import { revoke } from "./revoke.ts";

const fetched = spyOn(globalThis, "fetch");
afterEach(() => void fetched.mockReset());

/** Answers requests by path, and notes them. */
function serverOf(answers: Readonly<Record<string, unknown>>) {
  const asked: unknown[] = [];
  fetched.mockImplementation((async (url: URL, init: RequestInit) => {
    const request = new Request(url, init);
    asked.push([request.url, request.headers.get("authorization"), await request.json()]);
    const answer = answers[url.pathname];
    return Response.json(answer ?? {}, { status: answer === undefined ? 401 : 200 });
  }) as never);
  return asked;
}

const url = "https://chat.test";

test("signs one device out with its token", async () => {
  const asked = serverOf({ "/api/sign-out": { ended: 1 } });
  await revoke(url, "tok", { device: "web-1" }, 1_000);
  expect(asked).toEqual([[`${url}/api/sign-out`, "Bearer tok", { device: "web-1" }]]);
});

test("where every tab is a device, the others' go first, and other browsers' stay", async () => {
  const devices = ["web-1", "web-1-2", "web-1-3", "phone"].map((device) => ({ device }));
  const asked = serverOf({ "/api/sign-out": { ended: 1 }, "/api/commands/devices": { devices } });
  await revoke(url, "tok", { device: "web-1-2", tabsOf: "web-1" }, 1_000);
  expect(asked.map((each) => (each as unknown[])[2])).toEqual([
    {},
    { device: "web-1" },
    { device: "web-1-3" },
    { device: "web-1-2" },
  ]);
});

test("rejects what was refused or could not be asked", async () => {
  const fate = () =>
    revoke(url, "tok", { device: "web-1" }, 1_000).then(
      () => "done",
      (error: Error) => error.message,
    );
  serverOf({});
  expect(await fate()).toContain("401");
  fetched.mockRejectedValue(new TypeError("no network"));
  expect(await fate()).toBe("no network");
});
