/** What the tests of accounts share: a store in memory, a clock that is moved by hand, repeatable randomness, hashing without the work. */
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { openMemoryStore } from "../store/memory/memory.ts";
import type { AccountStore } from "../store/port.ts";
import { createAccounts, type Accounts, type AccountsConfig } from "./accounts.ts";
import type { PasswordHasher } from "./password.ts";
import { AuthError } from "./error.ts";

export interface TestClock extends Clock {
  move(ms: number): void;
}

export function testClock(startMs = Date.UTC(2026, 0, 1)): TestClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    after: () => () => undefined,
    move: (ms) => {
      nowMs += ms;
    },
  };
}

function testRandom(): Random {
  let count = 0;
  return {
    fraction: () => 0.5,
    bytes: (length) => new Uint8Array(length).map((_, index) => (count++ * 7 + index * 13) & 255),
    uuid: () => `00000000-0000-4000-8000-${String(count++).padStart(12, "0")}`,
  };
}

/** Counts its work instead of doing it. */
export function testHasher(): PasswordHasher & { readonly work: string[] } {
  const work: string[] = [];
  return {
    work,
    async hash(password) {
      work.push("hash");
      return `plain:${password}`;
    },
    async verify(password, phc) {
      work.push("verify");
      return phc === `plain:${password}`;
    },
    async pretend() {
      work.push("pretend");
    },
    isOutdated: (phc) => !phc.startsWith("plain:"),
  };
}

const testConfig: AccountsConfig = {
  registration: "open",
  tokenLifetimeMs: 7 * 86_400_000,
  passwordLengthMin: 8,
  hostTokens: { publicKeyFiles: [] },
  loginAttemptsPerMinuteMax: 10,
  scramIterations: 4_096,
  registrationsPerHourMax: 100,
};

export interface TestAccounts {
  readonly accounts: Accounts;
  readonly store: AccountStore;
  readonly clock: TestClock;
  readonly hasher: ReturnType<typeof testHasher>;
  readonly warnings: string[];
}

/** Accounts on an empty store, or on the one given (as after a restart). */
export async function openTestAccounts(
  config: Partial<AccountsConfig> = {},
  earlier?: { readonly store: AccountStore; readonly clock: TestClock },
): Promise<TestAccounts> {
  const store = earlier?.store ?? (await openMemoryStore()).accounts;
  const clock = earlier?.clock ?? testClock();
  const hasher = testHasher();
  const warnings: string[] = [];
  const accounts = await createAccounts({
    store,
    clock,
    hasher,
    random: testRandom(),
    config: { ...testConfig, ...config },
    warn: (message) => warnings.push(message),
  });
  return { accounts, store, clock, hasher, warnings };
}

/** The reason of the AuthError that the work ends in. Fails if it ends well, or in another error. */
export async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AuthError) return error.reason;
    throw error;
  }
  throw new Error("It was not refused.");
}

export const alice = { user: "alice", password: "alice's secret", address: "192.0.2.1" };
export const dayMs = 86_400_000;

/** Accounts with one user, who is signed in. */
export async function withAlice(): Promise<TestAccounts & { readonly token: string }> {
  const opened = await openTestAccounts();
  const { token } = await opened.accounts.register(alice);
  return { ...opened, token };
}
