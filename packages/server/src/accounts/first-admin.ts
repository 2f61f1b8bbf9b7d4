import type { Random } from "../lib/random.ts";
import type { AccountStore } from "../store/port.ts";
import { AuthError } from "./error.ts";
import type { UserAdmin } from "./users.ts";

const adminUser = "admin";
/** Set once the first administrator's password was made; its value is the user. */
const setting = "first_admin";
/** 32 characters that are hard to mistake for each other, so that five bits pick one without bias. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

/** A password of 4 groups of 5 characters: 100 bits. */
function randomPassword(random: Random): string {
  const characters = [...random.bytes(20)].map((byte) => alphabet[byte & 31]).join("");
  return characters.replace(/(.{5})(?=.)/g, "$1-");
}

/**
 * Makes the administrator of a new server and returns its password, which is kept nowhere else; undefined if that was done before.
 * A crash in between leaves the setting unset, and the next start makes a new password.
 */
export async function ensureFirstAdmin(
  store: AccountStore,
  users: UserAdmin,
  random: Random,
): Promise<{ readonly user: string; readonly password: string } | undefined> {
  if ((await store.setting(setting)) !== undefined) return undefined;
  const password = randomPassword(random);
  try {
    await users.create({ user: adminUser, password, admin: true });
  } catch (error) {
    if (!(error instanceof AuthError && error.reason === "user_exists")) throw error;
    await users.update(adminUser, { password, admin: true, disabled: false });
  }
  await store.initSetting(setting, adminUser);
  return { user: adminUser, password };
}
