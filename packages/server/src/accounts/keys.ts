/**
 * The keys that sign this server's tokens: Ed25519 (RFC 8037), kept as settings `signing_key.1`, `signing_key.2`, … The newest signs.
 * Settings are never overwritten, so a rotation adds one; every node that shares the store sees it.
 */
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from "jose";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { AccountStore } from "../store/port.ts";
import { AuthError } from "./error.ts";

export const ownAlgorithm = "EdDSA";
/** Key ids of ours begin so; a token whose `kid` does not is a host application's. */
export const ownKidPrefix = "godwit-";
/** A token makes the settings be read again at most this often: for keys, and revocations, that another node added. */
const lookAgainUnknownMs = 1_000;
const lookAgainKnownMs = 30_000;

interface StoredKey {
  readonly kid: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Tokens of earlier keys are refused from this key's creation on. */
  readonly revokesOlder: boolean;
  readonly privateJwk: JWK;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

export interface KeyRing {
  newest(): SigningKey;
  /** The public key with this id. Throws `token_invalid` if there is none or it was revoked, `token_expired` if all its tokens must be over. */
  verifier(kid: string): Promise<CryptoKey>;
  rotate(revokeOlder: boolean): Promise<SigningKey>;
}

export interface KeyRingDeps {
  readonly store: AccountStore;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a key outlives its successor's creation: the longest life of a token. */
  readonly tokenLifetimeMs: number;
}

/** End of a key's validity that means: never was. */
const revoked = 0;

const settingOf = (number: number) => `signing_key.${number}`;

async function importKey(
  privateJwk: JWK,
): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const { d: _private, ...publicJwk } = privateJwk;
  return {
    privateKey: (await importJWK(privateJwk, ownAlgorithm)) as CryptoKey,
    publicKey: (await importJWK(publicJwk, ownAlgorithm)) as CryptoKey,
  };
}

/** Reads the keys; the first start makes one. Rejects with the store's error, or if a stored key is not one. */
export async function openKeyRing({
  store,
  clock,
  random,
  tokenLifetimeMs,
}: KeyRingDeps): Promise<KeyRing> {
  const verifiers = new Map<string, { key: CryptoKey; validUntil: number }>();
  let newest: SigningKey | undefined;
  let count = 0;
  let lookedAtMs = clock.monotonic();
  /** Reading and adding keys happens one after the other, so that each is adopted once. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  async function adopt(text: string): Promise<SigningKey> {
    const stored = JSON.parse(text) as StoredKey;
    const { privateKey, publicKey } = await importKey(stored.privateJwk);
    const validUntil = stored.revokesOlder ? revoked : stored.createdAt + tokenLifetimeMs;
    for (const older of verifiers.values())
      older.validUntil = Math.min(older.validUntil, validUntil);
    verifiers.set(stored.kid, { key: publicKey, validUntil: Number.POSITIVE_INFINITY });
    newest = { kid: stored.kid, privateKey };
    count++;
    return newest;
  }

  async function readNew(): Promise<void> {
    for (;;) {
      const text = await store.setting(settingOf(count + 1));
      if (text === undefined) return;
      await adopt(text);
    }
  }

  /** True if the key is ours; another node may have been first, then its key holds. */
  async function add(revokesOlder: boolean): Promise<boolean> {
    const { privateKey } = await generateKeyPair(ownAlgorithm, { extractable: true });
    const kid = `${ownKidPrefix}${count + 1}-${Buffer.from(random.bytes(6)).toString("hex")}`;
    const made: StoredKey = {
      kid,
      createdAt: clock.now(),
      revokesOlder,
      privateJwk: await exportJWK(privateKey),
    };
    const holds = await adopt(await store.initSetting(settingOf(count + 1), JSON.stringify(made)));
    return holds.kid === kid;
  }

  function current(): SigningKey {
    if (newest === undefined) throw new Error("The key ring is used before it was read.");
    return newest;
  }

  await inTurn(async () => {
    await readNew();
    if (count === 0) await add(false);
  });

  return {
    newest: current,
    async verifier(kid) {
      const sinceMs = clock.monotonic() - lookedAtMs;
      if (sinceMs >= (verifiers.has(kid) ? lookAgainKnownMs : lookAgainUnknownMs)) {
        lookedAtMs = clock.monotonic();
        await inTurn(readNew);
      }
      const found = verifiers.get(kid);
      if (found === undefined || found.validUntil === revoked) throw new AuthError("token_invalid");
      if (clock.now() >= found.validUntil) throw new AuthError("token_expired");
      return found.key;
    },
    rotate: (revokeOlder) =>
      inTurn(async () => {
        await readNew();
        while (!(await add(revokeOlder)));
        return current();
      }),
  };
}
