import {
  sameButCaseMax,
  type AccountRow,
  type AccountStore,
  type DeviceRow,
  type UserMatch,
} from "../port.ts";
import { byText } from "./state.ts";

export function memoryAccounts(guard: () => void): AccountStore {
  const accounts = new Map<string, AccountRow>();
  const devices = new Map<string, Map<string, DeviceRow>>();
  const settings = new Map<string, string>();
  function found(user: string, match: UserMatch = "exact"): AccountRow[] {
    const exact = accounts.get(user);
    if (match === "exact") return exact === undefined ? [] : [exact];
    const folded = user.toLowerCase();
    const others = [...accounts.values()].filter(
      (account) => account !== exact && account.user.toLowerCase() === folded,
    );
    others.sort((a, b) => byText(a.user, b.user));
    return [...(exact === undefined ? [] : [exact]), ...others].slice(0, sameButCaseMax);
  }

  return {
    async create(account, match) {
      guard();
      if (found(account.user, match).length > 0) return false;
      accounts.set(account.user, { ...account });
      return true;
    },
    async get(users, match) {
      guard();
      return users.flatMap((user) => found(user, match));
    },
    async list(prefix, after, limit) {
      guard();
      const folded = prefix?.toLowerCase();
      const begins = (text: string | undefined) =>
        folded === undefined || text?.toLowerCase().startsWith(folded) === true;
      const found = [...accounts.values()]
        .filter(
          (account) =>
            (after === undefined || account.user > after) &&
            (begins(account.user) || begins(account.name)),
        )
        .sort((a, b) => byText(a.user, b.user))
        .slice(0, limit);
      return { accounts: found, cut: false };
    },
    async update(user, patch) {
      guard();
      const account = accounts.get(user);
      if (account === undefined) return false;
      accounts.set(user, { ...account, ...patch });
      return true;
    },
    async putDevice(user, device) {
      guard();
      const rows = devices.get(user) ?? new Map<string, DeviceRow>();
      devices.set(user, rows.set(device.device, { ...device }));
    },
    async devices(user) {
      guard();
      return [...(devices.get(user)?.values() ?? [])].sort((a, b) => byText(a.device, b.device));
    },
    async removeDevice(user, device) {
      guard();
      devices.get(user)?.delete(device);
    },
    async setting(key) {
      guard();
      return settings.get(key);
    },
    async initSetting(key, value) {
      guard();
      const held = settings.get(key);
      if (held === undefined) settings.set(key, value);
      return held ?? value;
    },
    async putSetting(key, value) {
      guard();
      if (value === undefined) settings.delete(key);
      else settings.set(key, value);
    },
  };
}
