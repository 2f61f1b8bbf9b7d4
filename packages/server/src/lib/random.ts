import { randomFillSync, randomUUID } from "node:crypto";

/** Randomness as a dependency: a seeded one makes a test's ids and jitter repeatable. */
export interface Random {
  /** A number in [0, 1), not for secrets. */
  fraction(): number;
  /** That many bytes, for secrets and ids. */
  bytes(length: number): Uint8Array;
  /** An RFC 9562 UUID version 4 in lower case. */
  uuid(): string;
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  uuid: () => randomUUID(),
};
