import { describe, expect, test } from "bun:test";
import { wireError } from "@godwit/protocol";
import { SignJWT } from "jose";
import { StoreError } from "../../store/port.ts";
import { openTestApp } from "./testing.ts";

const send = {
  conversation: "d:alice:bob",
  clientId: "0b0e1fd2-7a6c-4bd2-8f3e-2d4f5a6b7c8d",
  clientSeq: 1,
  kind: "text",
  content: { text: "hello" },
};

describe("commands over HTTP", () => {
  test("run as the bearer, with parameters that fit", async () => {
    const { ask, register, executed, state } = await openTestApp();
    const token = await register("alice");
    state.outcome = {
      ok: true,
      result: { conversation: "d:alice:bob", seq: 1, messageId: 1, time: 5 },
    };
    const answer = await ask("POST", "/api/commands/send", { token, body: send });
    expect([answer.status, answer.json]).toEqual([
      200,
      { conversation: "d:alice:bob", seq: 1, messageId: 1, time: 5 },
    ]);
    expect(executed).toEqual([["alice", "send", send]]);
  });

  test("without parameters need no body", async () => {
    const { ask, register, executed } = await openTestApp();
    expect(
      (await ask("POST", "/api/commands/devices", { token: await register("alice") })).status,
    ).toBe(200);
    expect(executed).toEqual([["alice", "devices", {}]]);
  });

  test("that do not fit are never run", async () => {
    const { ask, register, executed } = await openTestApp();
    const token = await register("alice");
    for (const body of [
      {},
      { ...send, clientId: "1" },
      { ...send, clientSeq: 0 },
      { ...send, kind: "spam" },
      { ...send, content: [] },
      [],
      null,
      7,
      "7",
    ]) {
      const answer = await ask("POST", "/api/commands/send", { token, body: JSON.stringify(body) });
      expect([answer.status, answer.json.name]).toEqual([400, "invalid_params"]);
    }
    expect(executed).toEqual([]);
  });

  test("fail with the error of the command", async () => {
    const { ask, register, state } = await openTestApp();
    const token = await register("alice");
    state.outcome = { ok: false, error: wireError("busy", undefined, 1_500) };
    const answer = await ask("POST", "/api/commands/send", { token, body: send });
    expect<unknown[]>([answer.status, answer.json]).toEqual([
      429,
      wireError("busy", undefined, 1_500),
    ]);
    expect(answer.headers.get("retry-after")).toBe("2");
  });

  test.each([
    ["full", "storage_full"],
    ["read_only", "storage_unavailable"],
    ["closed", "shutting_down"],
  ] as const)("a store that is %s answers %s", async (reason, name) => {
    const { ask, register, state, errors } = await openTestApp();
    state.outcome = new StoreError(reason, "secret path");
    const answer = await ask("POST", "/api/commands/send", {
      token: await register("alice"),
      body: send,
    });
    expect([answer.status, answer.json.name, answer.json.retryable]).toEqual([500, name, true]);
    expect(answer.text).not.toContain("secret");
    expect(errors).toEqual([]);
  });

  test("an unforeseen failure is logged and not shown", async () => {
    const { ask, register, state, errors } = await openTestApp();
    state.outcome = new Error("secret detail");
    const answer = await ask("POST", "/api/commands/send", {
      token: await register("alice"),
      body: send,
    });
    expect<unknown[]>([answer.status, answer.json]).toEqual([500, wireError("internal")]);
    expect(errors).toEqual([state.outcome]);
  });

  test("unknown ones and those of a connection are 404", async () => {
    const { ask, register } = await openTestApp();
    const token = await register("alice");
    for (const name of ["nothing", "hello", "ping", "toString", "__proto__", "%2e%2e"]) {
      const answer = await ask("POST", `/api/commands/${name}`, { token, body: {} });
      expect([name, answer.status, answer.json.name]).toEqual([name, 404, "unknown_command"]);
    }
  });
});

describe("hostile requests", () => {
  test.each([
    ["no token", {}],
    ["another scheme", { authorization: "Basic YWxpY2U6c2VjcmV0" }],
    ["an empty token", { authorization: "Bearer " }],
    ["junk", { authorization: "Bearer a.b.c" }],
    ["two tokens", { authorization: "Bearer a b" }],
    ["a long one", { authorization: `Bearer ${"a".repeat(9_000)}` }],
    ["alg none", { authorization: "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9." }],
  ])("with %s get 401", async (_, headers) => {
    const { ask } = await openTestApp();
    const answer = await ask("POST", "/api/commands/devices", {
      headers,
    });
    expect([answer.status, answer.json.name]).toEqual([401, "token_invalid"]);
  });

  test("with forged, stale or foreign tokens get 401", async () => {
    const { ask, register, clock } = await openTestApp();
    const token = await register("alice");
    const [header = "", , signature = ""] = token.split(".");
    const payload = Buffer.from(
      JSON.stringify({ sub: "root", adm: true, iat: 1, exp: 9_999_999_999 }),
    ).toString("base64url");
    const hmac = await new SignJWT({ sub: "root", adm: true })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new Uint8Array(32));
    for (const forged of [`${header}.${payload}.${signature}`, `${header}.${payload}.`, hmac])
      expect((await ask("GET", "/api/admin/users", { token: forged })).json.name).toBe(
        "token_invalid",
      );
    clock.move(8 * 86_400_000);
    const stale = await ask("POST", "/api/token", { token });
    expect([stale.status, stale.json.name]).toEqual([401, "token_expired"]);
  });

  test("with a token in the address are not let in", async () => {
    const { ask, register } = await openTestApp();
    const token = await register("alice");
    expect((await ask("POST", `/api/token?token=${token}&access_token=${token}`)).status).toBe(401);
  });

  test.each([
    ["not JSON", "{", 400],
    ["half a text", '{"user":"a', 400],
    ["two values", "{}{}", 400],
    ["a number", "1", 400],
    ["null", "null", 400],
    ["a deep nest", "[".repeat(30_000), 400],
  ])("with %s as a body get %d", async (_, body, status) => {
    const { ask } = await openTestApp();
    const answer = await ask("POST", "/api/login", { body });
    expect(answer.status).toBe(status);
    expect(["bad_request", "invalid_params"]).toContain(answer.json.name ?? "");
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "",
  ])("with content type %p get 415", async (type) => {
    const { ask } = await openTestApp();
    const answer = await ask("POST", "/api/login", {
      body: '{"user":"a","password":"b"}',
      headers: { "content-type": type },
    });
    expect([answer.status, answer.json.name]).toEqual([415, "bad_request"]);
  });

  test("that are too large get 413, whether they say so or not", async () => {
    const { ask, app } = await openTestApp({ bodyBytesMax: 1_000 });
    const said = await ask("POST", "/api/login", {
      body: { user: "a", password: "x".repeat(2_000) },
      headers: { "content-length": "2030" },
    });
    expect([said.status, said.json.name]).toEqual([413, "content_too_large"]);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(500).fill(32));
      },
    });
    const unsaid = await app.fetch(
      new Request("http://chat.test/api/login", {
        method: "POST",
        body: endless,
        headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
      }),
      { address: "192.0.2.1" },
    );
    expect(unsaid.status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });

  test("to nothing get JSON 404 below /api, and a page elsewhere", async () => {
    const { ask } = await openTestApp();
    for (const path of [
      "/api",
      "/api/",
      "/api/nothing",
      "/api/admin",
      "/api/commands",
      "/api/docs/x",
    ]) {
      const answer = await ask("GET", path);
      expect([path, answer.status, answer.json?.name]).toEqual([path, 404, "unknown_command"]);
    }
    const page = await ask("GET", "/nothing");
    expect([page.status, page.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=UTF-8",
    ]);
  });

  test("with another method get 405 and what is allowed", async () => {
    const { ask } = await openTestApp();
    for (const [method, path, allow] of [
      ["GET", "/api/login", "POST"],
      ["DELETE", "/api/admin/users", "GET, HEAD, POST"],
      ["PUT", "/api/admin/users/alice", "GET, HEAD, PATCH"],
      ["GET", "/api/commands/send", "POST"],
    ] as const) {
      const answer = await ask(method, path);
      expect([path, answer.status, answer.json.name, answer.headers.get("allow")]).toEqual([
        path,
        405,
        "unknown_command",
        allow,
      ]);
    }
  });

  test("from one address are limited, tokens that are valid are not, and other addresses are not; an IPv6 network is one address", async () => {
    const { ask, register, clock } = await openTestApp({ requestsPerMinuteMax: 5 });
    const token = await register("alice");
    for (let i = 0; i < 5; i++) await ask("POST", "/api/token", { token: "junk" });
    const refused = await ask("POST", "/api/login", {
      body: { user: "alice", password: "long enough" },
    });
    expect([refused.status, refused.json.name, refused.headers.get("retry-after")]).toEqual([
      429,
      "rate_limited",
      "12",
    ]);
    expect((await ask("POST", "/api/token", { token })).status).toBe(200);
    expect(
      (
        await ask("POST", "/api/login", {
          body: { user: "alice", password: "long enough" },
          address: "192.0.2.2",
        })
      ).status,
    ).toBe(200);
    for (const [host, status] of [
      ["::1", 401],
      ["::2", 401],
      [":8000::3", 401],
      [":ffff:1:1:1", 401],
      ["::5", 401],
      ["::6", 429],
    ] as const) {
      const address = `2001:db8:0:1${host}`;
      expect((await ask("POST", "/api/token", { token: "junk", address })).status).toBe(status);
    }
    clock.move(12_000);
    expect(
      (await ask("POST", "/api/login", { body: { user: "alice", password: "long enough" } }))
        .status,
    ).toBe(200);
  });

  test("cannot choose their address, unless a proxy is trusted to say it", async () => {
    const guess = (ip: string) => ({
      body: { user: "x", password: "y" },
      headers: { "x-forwarded-for": ip },
    });
    const open = await openTestApp({ requestsPerMinuteMax: 2 });
    for (let i = 0; i < 3; i++) {
      const answer = await open.ask("POST", "/api/login", guess(`198.51.100.${i}`));
      expect(answer.status).toBe(i < 2 ? 401 : 429);
    }
    const behind = await openTestApp({ requestsPerMinuteMax: 2, trustProxy: true });
    for (let i = 0; i < 3; i++)
      expect((await behind.ask("POST", "/api/login", guess(`198.51.100.${i}`))).status).toBe(401);
    // What the caller wrote before the proxy's own entry does not count.
    for (let i = 0; i < 3; i++) {
      const answer = await behind.ask("POST", "/api/login", guess(`198.51.100.${i}, 203.0.113.7`));
      expect(answer.status).toBe(i < 2 ? 401 : 429);
    }
  });
});

describe("browsers", () => {
  test("of configured origins may call the API, others may not", async () => {
    const { ask } = await openTestApp({ allowedOrigins: ["https://app.example"] });
    const preflight = (origin: string) =>
      ask("OPTIONS", "/api/login", {
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type",
        },
      });
    const allowed = await preflight("https://app.example");
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "https://app.example",
    ]);
    expect(allowed.headers.get("access-control-allow-credentials")).toBeNull();
    expect(
      (await preflight("https://evil.example")).headers.get("access-control-allow-origin"),
    ).toBeNull();
    const refused = await ask("POST", "/api/login", {
      body: {},
      headers: { origin: "https://app.example" },
    });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
      400,
      "https://app.example",
    ]);
    expect(refused.headers.get("vary")).toContain("Origin");
  });

  test("get the security headers on everything", async () => {
    const { ask } = await openTestApp();
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/api/docs"],
      ["GET", "/livez"],
      ["GET", "/api/nothing"],
      ["POST", "/api/login"],
    ] as const) {
      const { headers } = await ask(method, path);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-frame-options")).toBe("DENY");
    }
  });
});

describe("probes", () => {
  test("say alive, ready, and why not", async () => {
    const { ask, state } = await openTestApp();
    expect((await ask("GET", "/livez")).json).toEqual({ alive: true });
    expect(await ask("GET", "/readyz")).toMatchObject({
      status: 200,
      json: { ready: true, reasons: [] },
    });
    state.readiness = { ready: false, reasons: ["draining", "store: full"] };
    expect(await ask("GET", "/readyz")).toMatchObject({
      status: 503,
      json: { ready: false, reasons: ["draining", "store: full"] },
    });
    expect((await ask("GET", "/livez")).status).toBe(200);
    expect((await ask("HEAD", "/readyz")).text).toBe("");
  });

  test("metrics are open, or want their token", async () => {
    const open = await openTestApp();
    const metrics = await open.ask("GET", "/metrics");
    expect([metrics.text, metrics.headers.get("content-type")]).toEqual([
      "godwit_up 1\n",
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    const guarded = await openTestApp({ metricsToken: "prometheus" });
    for (const token of [undefined, "prometheuz", "prom", ""])
      expect((await guarded.ask("GET", "/metrics", { token })).status).toBe(401);
    expect((await guarded.ask("GET", "/metrics", { token: "prometheus" })).text).toBe(
      "godwit_up 1\n",
    );
  });
});
