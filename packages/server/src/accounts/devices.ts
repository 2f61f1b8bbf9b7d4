import type { Platform } from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { AccountStore, DeviceRow } from "../store/port.ts";
import { isDeviceId } from "./claims.ts";
import { AuthError } from "./error.ts";
import type { AccountStates } from "./state.ts";
import { Turns } from "./turns.ts";

/** Devices kept per user; past that the one unseen for longest is forgotten. */
export const devicesPerUserMax = 100;
/** `lastSeen` is written at most this often per device. */
const seenIntervalMs = 60_000;

export interface DevicesDeps {
  readonly store: AccountStore;
  readonly states: AccountStates;
  readonly clock: Clock;
}

/** The registry of devices over the store, and the ends of their tokens. */
export interface Devices {
  list(user: string): Promise<readonly DeviceRow[]>;
  /**
   * Records that the device was seen now. Written at most once a minute per device unless `force` (as at a disconnect).
   * Errors: invalid_params, user_unknown, forbidden (too many devices whose sign-out must be remembered).
   */
  seen(user: string, device: string, platform: Platform, force?: boolean): Promise<void>;
  /** Revokes the tokens used on one device until now; false if the device is unknown. The caller ends its sessions. */
  signOut(user: string, device: string): Promise<boolean>;
  /** Revokes every token of the user issued until now. The caller ends the sessions. Errors: user_unknown. */
  signOutEverywhere(user: string): Promise<void>;
}

export function createDevices({ store, states, clock }: DevicesDeps): Devices {
  /** Device rows are replaced whole: without turns, `seen` could put back a row from before a sign-out. */
  const turns = new Turns();

  async function put(user: string, row: DeviceRow): Promise<void> {
    await store.putDevice(user, row);
    states.invalidate(user);
  }

  /**
   * Makes room for one more device. Rows whose revocation still matters must stay, or a token that was signed out would work again;
   * rows older than an account-wide sign-out carry nothing that it does not.
   */
  async function makeRoom(
    user: string,
    rows: readonly DeviceRow[],
    accountValidFrom: number,
  ): Promise<void> {
    if (rows.length < devicesPerUserMax) return;
    const free = rows
      .filter((row) => row.tokensValidFrom <= accountValidFrom)
      .toSorted((a, b) => a.lastSeen - b.lastSeen)[0];
    if (free === undefined)
      throw new AuthError(
        "forbidden",
        `${rows.length} devices of this user were signed out one by one; sign out everywhere first.`,
      );
    await store.removeDevice(user, free.device);
  }

  return {
    list: (user) => store.devices(user),

    async seen(user, device, platform, force = false) {
      if (!isDeviceId(device)) throw new AuthError("invalid_params", "That is not a device id.");
      const state = await states.get(user);
      if (state === undefined) throw new AuthError("user_unknown");
      const cached = state.devices.find((row) => row.device === device);
      const ageMs =
        cached === undefined ? Number.POSITIVE_INFINITY : Math.abs(clock.now() - cached.lastSeen);
      if (!force && cached?.platform === platform && ageMs < seenIntervalMs) return;
      await turns.run(user, async () => {
        const rows = await store.devices(user);
        const known = rows.find((row) => row.device === device);
        if (known === undefined) await makeRoom(user, rows, state.tokensValidFrom);
        await put(user, {
          device,
          platform,
          lastSeen: clock.now(),
          tokensValidFrom: known?.tokensValidFrom ?? 0,
        });
      });
    },

    signOut: (user, device) =>
      turns.run(user, async () => {
        const known = (await store.devices(user)).find((row) => row.device === device);
        if (known === undefined) return false;
        // One more than now: a token issued in this very millisecond ends too.
        await put(user, {
          ...known,
          tokensValidFrom: Math.max(known.tokensValidFrom, clock.now() + 1),
        });
        return true;
      }),

    async signOutEverywhere(user) {
      const [row] = await store.get([user]);
      if (row === undefined) throw new AuthError("user_unknown");
      await store.update(user, { tokensValidFrom: Math.max(row.tokensValidFrom, clock.now() + 1) });
      states.invalidate(user);
    },
  };
}
