import { renew } from "@godwit/client";
import type { AccountBook } from "./account.ts";

/**
 * The token for the next connection. Once half of its life is over it is exchanged for a newer one; if that fails, the old one may still do, and if it
 * does not, the server says so to the hello.
 */
export function tokenSource(book: AccountBook, url: string): () => Promise<string> {
  return async () => {
    const { account } = book;
    if (!account) return "";
    const halfMs = (account.expiresAt - account.issuedAt) / 2;
    if (Date.now() < account.issuedAt + halfMs) return account.token;
    try {
      const login = await renew({ url, token: account.token });
      // Another tab, or a sign-out, may have been faster.
      if (book.account?.token === account.token) book.set(login);
      return login.token;
    } catch {
      return account.token;
    }
  };
}
