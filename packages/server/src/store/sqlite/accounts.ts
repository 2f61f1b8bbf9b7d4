import type { Database } from "bun:sqlite";
import type { Platform } from "@godwit/protocol";
import {
  sameButCaseMax,
  type AccountPage,
  type AccountRow,
  type DeviceRow,
  type UserMatch,
} from "../port.ts";

interface AccountRecord {
  user: string;
  name: string | null;
  password_hash: string | null;
  scram: string | null;
  admin: number;
  disabled: number;
  tokens_valid_from: number;
  created_at: number;
}

interface DeviceRecord {
  device: string;
  platform: Platform;
  last_seen: number;
  tokens_valid_from: number;
}

const accountColumns =
  "user, name, password_hash, scram, admin, disabled, tokens_valid_from, created_at";
/** After every text that begins with the same prefix. */
const lastCharacter = "\u{10ffff}";
/** Accounts looked at, in a search, between two chances for writes to go first. */
const searchSlice = 4_000;

/** A place in an index of folded texts. */
interface Place {
  readonly folded: string;
  readonly user: string;
}

/** Accounts, devices and settings. */
export class Accounts {
  private readonly scanRows: number;
  private readonly selectAccount;
  private readonly selectFolded;
  private readonly insertAccount;
  private readonly updateAccount;
  private readonly selectAll;
  /** By user id and by name: where a slice of the index ends, and the first users in it. */
  private readonly searches;
  private readonly putDeviceRow;
  private readonly selectDevices;
  private readonly deleteDevice;
  private readonly selectSetting;
  private readonly insertSetting;
  private readonly replaceSetting;
  private readonly deleteSetting;

  /** `scanRows` is how many accounts a search looks at in each index; past them it is cut. */
  constructor(db: Database, scanRows: number) {
    this.scanRows = scanRows;
    this.selectAccount = db.prepare<AccountRecord, [string]>(
      `SELECT ${accountColumns} FROM accounts WHERE user = ?`,
    );
    this.selectFolded = db.prepare<AccountRecord, [string, string]>(
      `SELECT ${accountColumns} FROM accounts WHERE user_folded = ? ORDER BY user <> ?, user LIMIT ${sameButCaseMax}`,
    );
    this.insertAccount = db.prepare(
      `INSERT INTO accounts (${accountColumns}, user_folded, name_folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user) DO NOTHING`,
    );
    this.updateAccount = db.prepare(
      "UPDATE accounts SET name = ?, name_folded = ?, password_hash = ?, scram = ?, admin = ?, disabled = ?, tokens_valid_from = ? WHERE user = ?",
    );
    this.selectAll = db.prepare<AccountRecord, [string, number]>(
      `SELECT ${accountColumns} FROM accounts WHERE user > ? ORDER BY user LIMIT ?`,
    );
    this.searches = ["user_folded", "name_folded"].map((column) => ({
      end: db.prepare<Place, [string, string, string]>(
        `SELECT ${column} AS folded, user FROM accounts WHERE (${column}, user) > (?, ?) AND ${column} < ?
         ORDER BY ${column}, user LIMIT 1 OFFSET ${searchSlice - 1}`,
      ),
      first: db.prepare<{ user: string }, [string, string, string, string, string, number]>(
        `SELECT user FROM accounts WHERE (${column}, user) > (?, ?) AND (${column}, user) <= (?, ?)
         AND user > ? ORDER BY user LIMIT ?`,
      ),
    }));
    this.putDeviceRow = db.prepare(
      "INSERT OR REPLACE INTO devices (user, device, platform, last_seen, tokens_valid_from) VALUES (?, ?, ?, ?, ?)",
    );
    this.selectDevices = db.prepare<DeviceRecord, [string]>(
      "SELECT device, platform, last_seen, tokens_valid_from FROM devices WHERE user = ? ORDER BY device",
    );
    this.deleteDevice = db.prepare("DELETE FROM devices WHERE user = ? AND device = ?");
    this.selectSetting = db.prepare<{ value: string }, [string]>(
      "SELECT value FROM settings WHERE key = ?",
    );
    this.insertSetting = db.prepare(
      "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
    );
    this.replaceSetting = db.prepare(
      "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.deleteSetting = db.prepare("DELETE FROM settings WHERE key = ?");
  }

  create(account: AccountRow, match?: UserMatch): boolean {
    if (match === "any_case" && this.get([account.user], match).length > 0) return false;
    const { user, name, passwordHash, scram, admin, disabled, tokensValidFrom, createdAt } =
      account;
    const { changes } = this.insertAccount.run(
      user,
      name ?? null,
      passwordHash ?? null,
      scram ?? null,
      admin ? 1 : 0,
      disabled ? 1 : 0,
      tokensValidFrom,
      createdAt,
      user.toLowerCase(),
      name?.toLowerCase() ?? null,
    );
    return changes === 1;
  }

  get(users: readonly string[], match?: UserMatch): AccountRow[] {
    if (match === "any_case")
      return users.flatMap((user) =>
        this.selectFolded.all(user.toLowerCase(), user).map(accountRow),
      );
    return users
      .map((user) => this.selectAccount.get(user))
      .filter((record) => record !== null)
      .map(accountRow);
  }

  list(
    prefix: string | undefined,
    after: string | undefined,
    limit: number,
  ): AccountPage | Generator<undefined, AccountPage, undefined> {
    const folded = prefix?.toLowerCase() ?? "";
    return folded === ""
      ? { accounts: this.selectAll.all(after ?? "", limit).map(accountRow), cut: false }
      : this.search(folded, after ?? "", limit);
  }

  /** Reads what matches and nothing else, of the two indexes one after the other. Yields between slices, because a short prefix matches many, up to the bound. */
  private *search(
    prefix: string,
    after: string,
    limit: number,
  ): Generator<undefined, AccountPage, undefined> {
    const last: Place = { folded: prefix + lastCharacter, user: "" };
    let found: string[] = [];
    let cut = false;
    for (const { end, first } of this.searches) {
      let from: Place | null = { folded: prefix, user: "" };
      for (let rows = 0; from !== null && rows < this.scanRows; rows += searchSlice) {
        const next: Place | null = end.get(from.folded, from.user, last.folded);
        const to = next ?? last;
        const more = first.all(from.folded, from.user, to.folded, to.user, after, limit);
        found = [...new Set([...found, ...more.map(({ user }) => user)])].sort().slice(0, limit);
        from = next;
        if (from !== null) yield;
      }
      cut ||= from !== null;
    }
    return { accounts: this.get(found), cut };
  }

  update(user: string, patch: Partial<Omit<AccountRow, "user" | "createdAt">>): boolean {
    const record = this.selectAccount.get(user);
    if (record === null) return false;
    const next = { ...accountRow(record), ...patch };
    this.updateAccount.run(
      next.name ?? null,
      next.name?.toLowerCase() ?? null,
      next.passwordHash ?? null,
      next.scram ?? null,
      next.admin ? 1 : 0,
      next.disabled ? 1 : 0,
      next.tokensValidFrom,
      user,
    );
    return true;
  }

  putDevice(user: string, device: DeviceRow): void {
    this.putDeviceRow.run(
      user,
      device.device,
      device.platform,
      device.lastSeen,
      device.tokensValidFrom,
    );
  }

  devices(user: string): DeviceRow[] {
    return this.selectDevices.all(user).map((record) => ({
      device: record.device,
      platform: record.platform,
      lastSeen: record.last_seen,
      tokensValidFrom: record.tokens_valid_from,
    }));
  }

  removeDevice(user: string, device: string): void {
    this.deleteDevice.run(user, device);
  }

  setting(key: string): string | undefined {
    return this.selectSetting.get(key)?.value;
  }

  initSetting(key: string, value: string): string {
    this.insertSetting.run(key, value);
    return this.setting(key) ?? value;
  }

  putSetting(key: string, value: string | undefined): void {
    if (value === undefined) this.deleteSetting.run(key);
    else this.replaceSetting.run(key, value);
  }
}

function accountRow(record: AccountRecord): AccountRow {
  return {
    user: record.user,
    ...(record.name === null ? {} : { name: record.name }),
    ...(record.password_hash === null ? {} : { passwordHash: record.password_hash }),
    ...(record.scram === null ? {} : { scram: record.scram }),
    admin: record.admin === 1,
    disabled: record.disabled === 1,
    tokensValidFrom: record.tokens_valid_from,
    createdAt: record.created_at,
  };
}
