/**
 * Password hashing: argon2id (RFC 9106) with the parameters that OWASP's Password Storage Cheat Sheet names first (19 MiB, 2 passes, 1 lane).
 * The only file that knows Bun's implementation, which works on threads of its own.
 */
import { availableParallelism } from "node:os";
import { AuthError } from "./error.ts";

const memoryKiB = 19_456;
const passes = 2;
const current = `$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$`;
const passwordLengthMax = 256;
/** What one hash takes on a slow core; for the retry time of `busy`. */
const hashMsTypical = 50;

export interface PasswordHasher {
  /** A PHC string. Rejects with `busy` if too many wait. */
  hash(password: string): Promise<string>;
  /** Whether the password fits the PHC string. Rejects with `busy` if too many wait. */
  verify(password: string, phc: string): Promise<boolean>;
  /** Does the work of `verify` for an account that does not exist, so that its absence cannot be timed. */
  pretend(password: string): Promise<void>;
  /** True if the string was made with other parameters than today's. */
  isOutdated(phc: string): boolean;
}

export interface HasherOptions {
  /** Hashes computed at once: bounds memory (19 MiB each) and leaves cores to the messages. Default: half of the cores, at least 1. */
  readonly atOnceMax?: number | undefined;
  /** Hashes that may wait; one more is refused with `busy`. Default 128: some seconds. */
  readonly waitingMax?: number | undefined;
}

/** Unicode forms of the same password must match (NFC, as RFC 8265 section 4.2 asks). */
const normalize = (password: string) => password.normalize("NFC");

/** A hasher with its own queue: at most `atOnceMax` run, at most `waitingMax` wait, further ones are refused at once. */
export function createPasswordHasher(options: HasherOptions = {}): PasswordHasher {
  const atOnceMax = options.atOnceMax ?? Math.max(1, Math.floor(availableParallelism() / 2));
  const waitingMax = options.waitingMax ?? 128;
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnceMax) {
      if (waiting.length >= waitingMax)
        throw new AuthError(
          "busy",
          undefined,
          Math.ceil((waiting.length * hashMsTypical) / atOnceMax),
        );
      // Whoever finishes hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  const hash = (password: string) =>
    inTurn(() =>
      Bun.password.hash(normalize(password), {
        algorithm: "argon2id",
        memoryCost: memoryKiB,
        timeCost: passes,
      }),
    );
  return {
    hash,
    verify: (password, phc) => inTurn(() => Bun.password.verify(normalize(password), phc)),
    async pretend(password) {
      await hash(password);
    },
    isOutdated: (phc) => !phc.startsWith(current),
  };
}

/** Throws `invalid_params` unless the password has `lengthMin` to 256 characters (code points). */
export function checkPasswordRules(password: string, lengthMin: number): void {
  // Code points are at most twice as few as code units: cheap refusal before counting.
  const length =
    password.length > 2 * passwordLengthMax
      ? password.length
      : Array.from(normalize(password)).length;
  if (length < lengthMin || length > passwordLengthMax)
    throw new AuthError(
      "invalid_params",
      `A password has ${lengthMin} to ${passwordLengthMax} characters.`,
    );
}
