/** Who is at the other end, by user name and password of a CONNECT. */
import { userIdPattern } from "@godwit/protocol";
import type { Accounts, Principal } from "../../../accounts/accounts.ts";
import { whoeverHas } from "../secret.ts";
import { ConnectRefused } from "./refusals.ts";
import { reasons } from "./wire/codes.ts";
import type { Connect } from "./wire/packets.ts";

const userId = new RegExp(userIdPattern);

/** By a token as the password, or by the password of an account. A token needs no user name beside it. */
export async function authenticate(
  accounts: Accounts,
  { username = "", password, properties }: Connect,
  device: string,
  address: string,
): Promise<Principal> {
  if (properties.authMethod !== undefined)
    throw new ConnectRefused(
      reasons.badAuthenticationMethod,
      "There is no enhanced authentication here: give user name and password or token.",
    );
  if (password === undefined)
    throw new ConnectRefused(
      reasons.badUserNameOrPassword,
      "A token or a password is needed, in the field for the password.",
    );
  return whoeverHas(
    { user: username === "" ? undefined : username, secret: password },
    {
      asToken: (token) => accounts.authenticate(token, device),
      async asPassword(user) {
        if (!userId.test(user))
          throw new ConnectRefused(reasons.badUserNameOrPassword, "The user name is none.");
        const login = { user, password, address, device, platform: "device" as const };
        const signedIn = await accounts.login(login);
        return accounts.authenticate(signedIn.token, device);
      },
    },
  );
}
