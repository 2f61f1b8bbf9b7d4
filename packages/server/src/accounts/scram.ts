/**
 * What SCRAM (RFC 5802, RFC 7677) needs of a password, kept beside its argon2id hash: a client proves that it knows the password without ever showing it, also without
 * TLS. The price is a second verifier of another kind: whoever steals the database may try passwords against PBKDF2 instead of argon2id.
 */
import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { saslprep } from "@mongodb-js/saslprep";
import type { Random } from "../lib/random.ts";

export type ScramHash = "sha1" | "sha256";

/** The server's half of one mechanism; bytes in base64. */
export interface ScramKeys {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface ScramCredentials {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly keys: { readonly [H in ScramHash]: ScramKeys };
}

const derive = promisify(pbkdf2);
const saltBytes = 16;
const hashBytes: { readonly [H in ScramHash]: number } = { sha1: 20, sha256: 32 };

/** Makes the credentials of a password as the text that an account keeps; undefined if SASLprep (RFC 4013) forbids the password. */
export type DeriveScram = (password: string) => Promise<string | undefined>;

/** `iterations` 0: none are kept. */
export function createScram(random: Random, iterations: number): DeriveScram {
  return async (password) => {
    const prepared = prepare(password);
    if (iterations === 0 || prepared === undefined) return undefined;
    const salt = Buffer.from(random.bytes(saltBytes));
    const [sha1, sha256] = await Promise.all([
      keysOf(prepared, salt, iterations, "sha1"),
      keysOf(prepared, salt, iterations, "sha256"),
    ]);
    const row: Row = { iterations, salt: salt.toString("base64"), sha1, sha256 };
    return JSON.stringify(row);
  };
}

interface Row {
  readonly iterations: number;
  readonly salt: string;
  /** Stored key and server key. */
  readonly sha1: readonly [string, string];
  readonly sha256: readonly [string, string];
}

/** RFC 5802 section 3. */
async function keysOf(
  password: string,
  salt: Buffer,
  iterations: number,
  hash: ScramHash,
): Promise<[string, string]> {
  const salted = await derive(password, salt, iterations, hashBytes[hash], hash);
  const key = (text: string) => createHmac(hash, salted).update(text).digest();
  const storedKey = createHash(hash).update(key("Client Key")).digest();
  return [storedKey.toString("base64"), key("Server Key").toString("base64")];
}

/** Reads what `DeriveScram` made. */
export function readScram(text: string): ScramCredentials {
  const row = JSON.parse(text) as Row;
  const keys = ([stored, server]: readonly [string, string]) => ({
    storedKey: Buffer.from(stored, "base64"),
    serverKey: Buffer.from(server, "base64"),
  });
  return {
    salt: Buffer.from(row.salt, "base64"),
    iterations: row.iterations,
    keys: { sha1: keys(row.sha1), sha256: keys(row.sha256) },
  };
}

/**
 * Credentials that no password fits, for users without any: the same each time for the same user, so that nobody learns from a salt who has an account.
 * `secret` is this server's own.
 */
export function pretendedScram(
  user: string,
  iterations: number,
  secret: Uint8Array,
): ScramCredentials {
  const bytes = (what: string, length: number) =>
    createHmac("sha512", secret).update(`${what} ${user}`).digest().subarray(0, length);
  const keys = (hash: ScramHash) => ({
    storedKey: bytes(`${hash} stored`, hashBytes[hash]),
    serverKey: bytes(`${hash} server`, hashBytes[hash]),
  });
  return {
    salt: bytes("salt", saltBytes),
    iterations,
    keys: { sha1: keys("sha1"), sha256: keys("sha256") },
  };
}

function prepare(password: string): string | undefined {
  try {
    return saslprep(password, { allowUnassigned: true });
  } catch {
    // A character that SASLprep prohibits: such a password works with every other sign-in.
    return undefined;
  }
}
