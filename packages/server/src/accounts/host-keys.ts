import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { importJWK, type CryptoKey, type JWK } from "jose";
import type { HostTokensConfig } from "./config.ts";

/** A key that verifies host tokens. Its type alone says with which algorithms: a token's `alg` only picks among keys. */
export interface HostKey {
  readonly kid: string | undefined;
  readonly algorithms: readonly string[];
  readonly key: CryptoKey;
}

const secretBytesMin = 32;
const rsaBitsMin = 2_048;
/** A token without `kid` may be tried against all of them. */
const keysMax = 32;

const curveAlgorithms: Readonly<Record<string, readonly string[]>> = {
  "P-256": ["ES256"],
  "P-384": ["ES384"],
  "P-521": ["ES512"],
};

/** What a public key may verify (RFC 7518 section 3.1, RFC 8037); empty if nothing here. */
function algorithmsOf(jwk: JWK): readonly string[] {
  if (jwk.kty === "RSA") return ["RS256", "PS256"];
  if (jwk.kty === "EC") return curveAlgorithms[jwk.crv ?? ""] ?? [];
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return ["EdDSA", "Ed25519"];
  return [];
}

/** Imports one public key; rejects with a plain message if it cannot be used. An RSA key becomes two, since a CryptoKey is bound to one algorithm. */
async function importPublic(jwk: JWK, where: string): Promise<readonly HostKey[]> {
  if (jwk.kty === "oct")
    throw new Error(
      `${where}: a shared secret does not belong among public keys; set it as the secret.`,
    );
  const { d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest } = jwk;
  if (d !== undefined)
    throw new Error(`${where}: holds a private key; only the public half belongs here.`);
  const allowed = algorithmsOf(jwk);
  if (allowed.length === 0)
    throw new Error(
      `${where}: keys of type ${jwk.kty ?? "?"} ${jwk.crv ?? ""} are not supported; use RSA, P-256 or Ed25519.`,
    );
  if (jwk.kty === "RSA" && Buffer.from(jwk.n ?? "", "base64url").length * 8 < rsaBitsMin)
    throw new Error(`${where}: RSA keys need at least ${rsaBitsMin} bits.`);
  if (jwk.alg !== undefined && !allowed.includes(jwk.alg))
    throw new Error(`${where}: alg ${jwk.alg} does not fit a key of type ${jwk.kty ?? "?"}.`);
  const algorithms = jwk.alg === undefined ? allowed : [jwk.alg];
  const bindings = jwk.kty === "RSA" ? algorithms.map((alg) => [alg]) : [algorithms];
  return Promise.all(
    bindings.map(async (binding) => ({
      kid: jwk.kid,
      algorithms: binding,
      key: (await importJWK(rest, binding[0] ?? "")) as CryptoKey,
    })),
  );
}

async function readPem(file: string): Promise<readonly HostKey[]> {
  const text = await readFile(file, "utf8");
  if (text.includes("PRIVATE KEY"))
    throw new Error(`${file}: holds a private key; only the public half belongs here.`);
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw new Error(`${file}: is not a public key in PEM form.`);
  }
  return importPublic(key.export({ format: "jwk" }) as JWK, file);
}

async function readJwks(file: string): Promise<readonly HostKey[]> {
  const text = await readFile(file, "utf8");
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new Error(`${file}: is not JSON.`);
  }
  const keys = typeof set === "object" && set !== null && "keys" in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new Error(`${file}: is not a JWK set (an object with "keys").`);
  // RFC 7517 section 5: keys of unknown types are to be passed over. Secrets and private halves are not: they are mistakes.
  const signing = (keys as JWK[]).filter(
    (jwk) => (jwk.use ?? "sig") === "sig" && (jwk.kty === "oct" || algorithmsOf(jwk).length > 0),
  );
  if (signing.length === 0)
    throw new Error(
      `${file}: holds no key for signatures that is supported (RSA, P-256, Ed25519).`,
    );
  return (
    await Promise.all(signing.map((jwk, index) => importPublic(jwk, `${file}, key ${index + 1}`)))
  ).flat();
}

async function importSecret(secret: string): Promise<HostKey> {
  if (secret.includes("-----BEGIN"))
    throw new Error(
      "The secret of host tokens is a PEM text; name the file under publicKeyFiles instead.",
    );
  const bytes = Buffer.from(secret, "utf8");
  if (bytes.length < secretBytesMin)
    throw new Error(
      `The secret of host tokens needs at least ${secretBytesMin} bytes (RFC 7518 section 3.2).`,
    );
  const key = await crypto.subtle.importKey(
    "raw",
    new Uint8Array(bytes),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  return { kid: undefined, algorithms: ["HS256"], key };
}

/** All configured keys. Rejects with a plain message naming the file. */
export async function readHostKeys(config: HostTokensConfig): Promise<readonly HostKey[]> {
  const keys = [
    ...(config.secret === undefined ? [] : [await importSecret(config.secret)]),
    ...(await Promise.all(config.publicKeyFiles.map(readPem))).flat(),
    ...(config.jwksFile === undefined ? [] : await readJwks(config.jwksFile)),
  ];
  if (keys.length > keysMax)
    throw new Error(`At most ${keysMax} keys of host applications; there are ${keys.length}.`);
  return keys;
}

/** Changes when a key file does: times and sizes of all of them. A missing file counts as a change, not as an error. */
export async function stampOf(config: HostTokensConfig): Promise<string> {
  const files = [
    ...config.publicKeyFiles,
    ...(config.jwksFile === undefined ? [] : [config.jwksFile]),
  ];
  const stamps = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`,
        () => "missing",
      ),
    ),
  );
  return stamps.join(" ");
}
