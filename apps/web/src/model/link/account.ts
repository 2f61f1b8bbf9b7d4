import type { Login } from "@godwit/client";

/** Who is signed in on this browser. */
export interface Account {
  readonly user: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The part of localStorage that is used; a browser that refuses it is served from memory, for as long as the page lives. */
export type KeyValues = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const accountKey = "godwit.account";
const deviceKey = "godwit.device";
const statusKey = "godwit.status";
const ownerKey = "godwit.owner";
export type OwnStatus = "online" | "away" | "invisible";

/** The name of the SDK's storage, so that it can be wiped: the database is `godwit:` and this. */
export function storageName(user: string, device: string): string {
  return `${user}:${device}`;
}

/** What the browser keeps of the account, for all tabs. */
export class AccountBook {
  readonly #values: KeyValues;

  constructor(values: KeyValues) {
    this.#values = values;
  }

  get account(): Account | undefined {
    const text = this.#values.getItem(accountKey);
    if (text === null) return undefined;
    try {
      const account = JSON.parse(text) as Partial<Account>;
      return typeof account.user === "string" && typeof account.token === "string"
        ? {
            user: account.user,
            token: account.token,
            issuedAt: account.issuedAt ?? 0,
            expiresAt: account.expiresAt ?? Number.MAX_SAFE_INTEGER,
          }
        : undefined;
    } catch {
      // Written by something else: as good as nothing.
      return undefined;
    }
  }

  /** The name of this browser among the user's devices; made once. */
  get device(): string {
    const known = this.#values.getItem(deviceKey);
    if (known !== null) return known;
    const bytes = crypto.getRandomValues(new Uint8Array(4));
    const name = `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    this.#values.setItem(deviceKey, name);
    return name;
  }

  get status(): OwnStatus {
    const status = this.#values.getItem(statusKey);
    return status === "away" || status === "invisible" ? status : "online";
  }

  /** Whose conversations this browser keeps, signed in or not. */
  get owner(): string | undefined {
    return this.#values.getItem(ownerKey) ?? undefined;
  }

  set({ user, token, expiresAt }: Login): void {
    const account: Account = { user, token, expiresAt, issuedAt: Date.now() };
    this.#values.setItem(accountKey, JSON.stringify(account));
  }

  /** This user's conversations are kept from now on. */
  own(user: string): void {
    this.#values.setItem(ownerKey, user);
  }

  setStatus(status: OwnStatus): void {
    this.#values.setItem(statusKey, status);
  }

  clear({ wiped }: { wiped: boolean }): void {
    // In this order: other tabs look at the owner when they see that the account is gone.
    if (wiped) this.#values.removeItem(ownerKey);
    this.#values.removeItem(accountKey);
  }

  /** Calls back when another tab signs in or out. */
  watch(changed: () => void): void {
    addEventListener("storage", ({ key }: StorageEvent) => {
      if (key === accountKey || key === null) changed();
    });
  }
}

/** localStorage, or memory where the browser refuses it. */
export function browserValues(): KeyValues {
  try {
    localStorage.setItem("godwit.probe", "1");
    localStorage.removeItem("godwit.probe");
    return localStorage;
  } catch {
    const values = new Map<string, string>();
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    };
  }
}
