import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync, createHmac, type KeyObject } from "node:crypto";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import type { HostTokensConfig } from "./config.ts";
import { openTestAccounts, reasonOf } from "./testing.ts";

const secret = "a secret of the host application, long enough";
const secretKey = new TextEncoder().encode(secret);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-host-tokens-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pairs = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ec: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ed: generateKeyPairSync("ed25519"),
  other: generateKeyPairSync("ed25519"),
};
const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" });

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const open = (hostTokens: Partial<HostTokensConfig>) =>
  openTestAccounts({ hostTokens: { publicKeyFiles: [], ...hostTokens } });

function sign(
  alg: string,
  key: KeyObject | Uint8Array,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
) {
  const { now = Date.UTC(2026, 0, 1), ...rest } = claims as { now?: number };
  return new SignJWT({ sub: "carol", iat: now / 1000, exp: now / 1000 + 600, ...rest })
    .setProtectedHeader({ alg, ...header })
    .sign(key);
}

describe("tokens of a host application", () => {
  test("with a shared secret bring their user along", async () => {
    const { accounts, clock, store } = await open({ secret });
    const token = await sign("HS256", secretKey, { name: "Carol C.", dev: "phone" });
    expect(await accounts.authenticate(token)).toEqual({
      user: "carol",
      admin: false,
      device: "phone",
      issuedAt: clock.now(),
      expiresAt: clock.now() + 600_000,
      source: "host",
    });
    expect(await store.get(["carol"])).toMatchObject([
      { user: "carol", name: "Carol C.", admin: false },
    ]);
    expect((await store.get(["carol"]))[0]).not.toHaveProperty("passwordHash");
  });

  test("of one new user many times at once make one account", async () => {
    const { accounts } = await open({ secret });
    const token = await sign("HS256", secretKey);
    const principals = await Promise.all(
      Array.from({ length: 20 }, () => accounts.authenticate(token)),
    );
    expect(new Set(principals.map(({ user }) => user))).toEqual(new Set(["carol"]));
  });

  test.each([
    ["RS256", "rsa"],
    ["PS256", "rsa"],
    ["ES256", "ec"],
    ["EdDSA", "ed"],
  ] as const)("are accepted with %s", async (alg, pair) => {
    const files = await Promise.all(
      Object.entries(pairs).map(([name, { publicKey }]) => file(`${name}.pem`, pem(publicKey))),
    );
    const { accounts } = await open({ publicKeyFiles: files });
    expect((await accounts.authenticate(await sign(alg, pairs[pair].privateKey))).user).toBe(
      "carol",
    );
  });

  test("cannot confuse a public key with a secret, or do without a signature", async () => {
    const path = await file("rsa.pem", pem(pairs.rsa.publicKey));
    const { accounts } = await open({ secret, publicKeyFiles: [path] });
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const body = `${encode({ alg: "HS256" })}.${encode({ sub: "carol", exp: 9_999_999_999 })}`;
    const publicPem = pem(pairs.rsa.publicKey);
    for (const text of [
      publicPem,
      publicPem.trim(),
      publicPem.replace(/\s|-----[^-]+-----/g, ""),
    ]) {
      const mac = createHmac("sha256", text).update(body).digest("base64url");
      expect(await reasonOf(accounts.authenticate(`${body}.${mac}`))).toBe("token_invalid");
    }
    const bare = new UnsecuredJWT({ sub: "carol", exp: 9_999_999_999 }).encode();
    expect(await reasonOf(accounts.authenticate(bare))).toBe("token_invalid");
    for (const alg of ["None", "NONE", "hs256", "", null, 7, ["HS256"]]) {
      const token = `${encode({ alg })}.${encode({ sub: "carol" })}.AAAA`;
      expect(await reasonOf(accounts.authenticate(token))).toBe("token_invalid");
    }
    expect(await reasonOf(accounts.authenticate(await sign("HS512", secretKey)))).toBe(
      "token_invalid",
    );
    expect(await reasonOf(accounts.authenticate(await sign("EdDSA", pairs.other.privateKey)))).toBe(
      "token_invalid",
    );
    expect(
      await reasonOf(
        accounts.authenticate(
          await sign(
            "EdDSA",
            pairs.other.privateKey,
            {},
            { jwk: await exportJWK(pairs.other.publicKey) },
          ),
        ),
      ),
    ).toBe("token_invalid");
  });

  test("cannot pass for tokens of the server", async () => {
    const { accounts } = await open({ secret });
    const { token } = await accounts.register({
      user: "alice",
      password: "long enough",
      address: "192.0.2.1",
    });
    const kid = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())
      .kid as string;
    const forged = await sign("HS256", secretKey, { sub: "alice", adm: true }, { kid });
    expect(await reasonOf(accounts.authenticate(forged))).toBe("token_invalid");
  });

  test("never make administrators", async () => {
    const { accounts } = await open({ secret });
    await accounts.ensureAdmin();
    expect(
      await accounts.authenticate(await sign("HS256", secretKey, { sub: "admin", adm: true })),
    ).toMatchObject({ user: "admin", admin: false });
  });

  test("are not exchanged for tokens of the server", async () => {
    const { accounts } = await open({ secret });
    const principal = await accounts.authenticate(await sign("HS256", secretKey));
    expect(await reasonOf(accounts.refresh(principal))).toBe("forbidden");
  });

  test("must fit issuer and audience, where those are set", async () => {
    const { accounts } = await open({ secret, issuer: "https://app.example", audience: "chat" });
    const good = { iss: "https://app.example", aud: ["web", "chat"] };
    expect((await accounts.authenticate(await sign("HS256", secretKey, good))).user).toBe("carol");
    for (const wrong of [{}, { ...good, iss: "https://evil.example" }, { ...good, aud: "web" }])
      expect(await reasonOf(accounts.authenticate(await sign("HS256", secretKey, wrong)))).toBe(
        "token_invalid",
      );
  });

  test("expire and begin with a minute of patience; without exp they do not end", async () => {
    const { accounts, clock } = await open({ secret });
    const now = clock.now();
    const token = await sign("HS256", secretKey);
    const early = await sign("HS256", secretKey, { nbf: now / 1000 + 700 });
    clock.move(655_000);
    await accounts.authenticate(token);
    await accounts
      .authenticate(early)
      .catch((error: unknown) => expect(error).toMatchObject({ reason: "token_expired" }));
    clock.move(10_000);
    expect(await reasonOf(accounts.authenticate(token))).toBe("token_expired");
    const future = await sign("HS256", secretKey, { nbf: clock.now() / 1000 + 61, exp: undefined });
    expect(await reasonOf(accounts.authenticate(future))).toBe("token_invalid");
    const endless = await sign("HS256", secretKey, { exp: undefined, iat: undefined });
    expect(await accounts.authenticate(endless)).toMatchObject({
      issuedAt: 0,
      expiresAt: undefined,
    });
  });

  test("are refused after a sign-out, those without iat too", async () => {
    const { accounts, clock } = await open({ secret });
    const endless = await sign("HS256", secretKey, { exp: undefined, iat: undefined });
    const token = await sign("HS256", secretKey);
    await accounts.authenticate(token);
    await accounts.devices.signOutEverywhere("carol");
    for (const old of [token, endless])
      expect(await reasonOf(accounts.authenticate(old))).toBe("token_invalid");
    clock.move(1_000);
    await accounts.authenticate(await sign("HS256", secretKey, { now: clock.now() }));
  });

  test.each([
    ["no sub", { sub: undefined }],
    ["a strange sub", { sub: "../../etc" }],
    ["a number", { sub: 7 }],
    ["a strange device", { dev: "a b" }],
  ])("with %s are refused", async (_, claims) => {
    const { accounts } = await open({ secret });
    expect(
      await reasonOf(
        accounts.authenticate(await sign("HS256", secretKey, claims as Record<string, unknown>)),
      ),
    ).toBe("token_invalid");
  });

  test("are refused where none are configured", async () => {
    const { accounts } = await openTestAccounts();
    expect(await reasonOf(accounts.authenticate(await sign("HS256", secretKey)))).toBe(
      "token_invalid",
    );
  });
});

describe("key files", () => {
  const jwks = async (...keys: [string, KeyObject][]) =>
    JSON.stringify({
      keys: await Promise.all(
        keys.map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid, use: "sig" })),
      ),
    });

  test("of JWKS form are read again when they change", async () => {
    const path = await file("jwks.json", await jwks(["one", pairs.ec.publicKey]));
    const { accounts, clock, warnings } = await open({ jwksFile: path });
    const first = await sign("ES256", pairs.ec.privateKey, {}, { kid: "one" });
    const second = await sign("EdDSA", pairs.ed.privateKey, {}, { kid: "two" });
    await accounts.authenticate(first);
    expect(await reasonOf(accounts.authenticate(second))).toBe("token_invalid");
    await writeFile(path, await jwks(["two", pairs.ed.publicKey], ["rsa", pairs.rsa.publicKey]));
    clock.move(1_000);
    await accounts.authenticate(second);
    expect(await reasonOf(accounts.authenticate(first))).toBe("token_invalid");

    // A broken file leaves the keys as they were, and is reported once.
    await writeFile(path, "{ not json");
    for (let i = 0; i < 3; i++) {
      clock.move(1_000);
      await accounts.authenticate(second);
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("cannot be used");
  });

  test("with a kid pick their key; a wrong kid is refused", async () => {
    const path = await file("kids.json", await jwks(["one", pairs.ed.publicKey]));
    const { accounts } = await open({ jwksFile: path });
    await accounts.authenticate(await sign("EdDSA", pairs.ed.privateKey));
    expect(
      await reasonOf(
        accounts.authenticate(await sign("EdDSA", pairs.ed.privateKey, {}, { kid: "two" })),
      ),
    ).toBe("token_invalid");
  });

  test("of PEM form are read again when they change", async () => {
    const path = await file("rotating.pem", pem(pairs.ed.publicKey));
    const { accounts, clock } = await open({ publicKeyFiles: [path] });
    await accounts.authenticate(await sign("EdDSA", pairs.ed.privateKey));
    await writeFile(path, pem(pairs.other.publicKey));
    await utimes(path, 1, 1);
    clock.move(1_000);
    await accounts.authenticate(await sign("EdDSA", pairs.other.privateKey));
    expect(await reasonOf(accounts.authenticate(await sign("EdDSA", pairs.ed.privateKey)))).toBe(
      "token_invalid",
    );
  });

  test("that cannot be used refuse the start with their name", async () => {
    const refusals: [Partial<HostTokensConfig>, RegExp][] = [
      [{ secret: "too short" }, /at least 32 bytes/],
      [{ secret: pem(pairs.rsa.publicKey) }, /publicKeyFiles/],
      [{ publicKeyFiles: [join(folder, "absent.pem")] }, /ENOENT/],
      [{ publicKeyFiles: [await file("junk.pem", "hello")] }, /junk\.pem: is not a public key/],
      [
        {
          publicKeyFiles: [
            await file("private.pem", pairs.ed.privateKey.export({ type: "pkcs8", format: "pem" })),
          ],
        },
        /private key/,
      ],
      [
        {
          publicKeyFiles: [
            await file(
              "weak.pem",
              pem(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey),
            ),
          ],
        },
        /2048 bits/,
      ],
      [
        {
          publicKeyFiles: [await file("x25519.pem", pem(generateKeyPairSync("x25519").publicKey))],
        },
        /not supported/,
      ],
      [{ jwksFile: await file("empty.json", '{"keys":[]}') }, /no key/],
      [{ jwksFile: await file("array.json", "[]") }, /not a JWK set/],
      [
        { jwksFile: await file("oct.json", '{"keys":[{"kty":"oct","k":"AAAA"}]}') },
        /shared secret/,
      ],
      [
        {
          jwksFile: await file(
            "leak.json",
            JSON.stringify({ keys: [await exportJWK(pairs.ed.privateKey)] }),
          ),
        },
        /private key/,
      ],
      [
        {
          jwksFile: await file(
            "alg.json",
            JSON.stringify({ keys: [{ ...(await exportJWK(pairs.ec.publicKey)), alg: "HS256" }] }),
          ),
        },
        /does not fit/,
      ],
    ];
    for (const [config, message] of refusals) expect(open(config)).rejects.toThrow(message);
  });
});
