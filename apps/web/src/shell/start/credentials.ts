/** What a form of registration or sign-in can say about an entry before, and after, the server has. */
import type { Translate } from "../../i18n/index.ts";
import { errorName, errorText } from "../errors.ts";

/** The default of the server's setting `accounts.passwordLengthMin`; a server with another says so itself. */
export const passwordLengthMin = 8;
const userLengthMax = 64;
/** The protocol's form of a user id, of which only the plain part is offered at registration. */
const userShape = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly name: string;
}

/** Errors by field; `form` belongs to none. */
export interface FormErrors {
  readonly user?: string;
  readonly password?: string;
  readonly form?: string;
}

function wrongUser(t: Translate, user: string): string | undefined {
  if (user === "") return t("start.wrong.userMissing");
  if (user.length > userLengthMax) return t("start.wrong.userLong");
  return userShape.test(user) ? undefined : t("start.wrong.userShape");
}

function wrongPassword(t: Translate, password: string): string | undefined {
  if (password === "") return t("start.wrong.passwordMissing");
  // Counted as the server counts: by characters, not by code units.
  return Array.from(password).length < passwordLengthMin
    ? t("start.wrong.passwordShort", { count: passwordLengthMin })
    : undefined;
}

/** What is wrong with an entry by itself; empty if nothing is. Signing in asks only that there is something. */
export function checkEntry(
  t: Translate,
  mode: "register" | "signIn",
  { user, password }: Credentials,
): FormErrors {
  const aboutUser =
    mode === "register"
      ? wrongUser(t, user)
      : user === ""
        ? t("start.wrong.userMissing")
        : undefined;
  const aboutPassword =
    mode === "register"
      ? wrongPassword(t, password)
      : password === ""
        ? t("start.wrong.passwordMissing")
        : undefined;
  return {
    ...(aboutUser === undefined ? {} : { user: aboutUser }),
    ...(aboutPassword === undefined ? {} : { password: aboutPassword }),
  };
}

/** Puts the server's refusal where it belongs. */
export function placeError(
  t: Translate,
  mode: "register" | "signIn",
  user: string,
  error: unknown,
): FormErrors {
  switch (errorName(error)) {
    case "user_exists":
      return { user: t("start.wrong.taken", { user }) };
    case "credentials_wrong":
      return { password: t("start.wrong.credentials") };
    case "forbidden":
      return { form: t("error.registrationClosed") };
    case "invalid_params":
      // The server's own sentence says which rule it was (a longer password than usual, for instance).
      return mode === "register" && error instanceof Error
        ? { form: error.message }
        : { password: t("start.wrong.credentials") };
    default:
      return { form: errorText(t, error) };
  }
}
