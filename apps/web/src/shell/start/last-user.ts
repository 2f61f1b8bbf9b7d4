/** The user name that last signed in on this browser, so that coming back needs the password only. */
const lastUserKey = "godwit.lastUser";

export function lastUser(): string {
  return localStorage.getItem(lastUserKey) ?? "";
}

export function keepLastUser(user: string): void {
  localStorage.setItem(lastUserKey, user);
}
