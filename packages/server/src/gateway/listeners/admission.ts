import { addressKey } from "../../accounts/throttle.ts";

export interface AdmissionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
}

/** Counts connections, in all and by address, against their bounds. The /64 network of an IPv6 client counts as one address. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** False if there is no room; otherwise `left` must be called once. */
  enter(address: string): boolean {
    const key = addressKey(address);
    const own = this.#byAddress.get(key) ?? 0;
    if (this.#count >= this.#limits.connectionsMax || own >= this.#limits.connectionsPerAddressMax)
      return false;
    this.#count++;
    this.#byAddress.set(key, own + 1);
    return true;
  }

  left(address: string): void {
    const key = addressKey(address);
    const own = (this.#byAddress.get(key) ?? 1) - 1;
    this.#count--;
    if (own === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, own);
  }
}

/**
 * Whether a page of this origin may connect. Programs send no Origin; browsers always do (RFC 6455 section 10.2), and without a list only pages that
 * came from here may.
 */
export function originAllowed(
  origin: string | null,
  host: string | null,
  allowed: readonly string[],
): boolean {
  if (origin === null || allowed.includes("*") || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
