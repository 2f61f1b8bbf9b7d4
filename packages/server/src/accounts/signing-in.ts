import type { AccountRow, AccountStore } from "../store/port.ts";

/** Whether the name that somebody signs in by may mean this user: the case of an id does not count, whatever else is shown for it. */
export function mayMean(name: string, user: string): boolean {
  return name.toLowerCase() === user.toLowerCase();
}

/**
 * The account that a sign-in means: the one with exactly this id, or else the only one with a password whose id differs in nothing but case. There are several only
 * where a host application made some, or in data from before registering looked at the case.
 */
export async function accountSigningIn(
  store: AccountStore,
  user: string,
): Promise<AccountRow | undefined> {
  const found = await store.get([user], "any_case");
  const exact = found.find((account) => account.user === user);
  if (exact !== undefined) return exact;
  const withPassword = found.filter(({ passwordHash }) => passwordHash !== undefined);
  return withPassword.length === 1 ? withPassword[0] : undefined;
}
