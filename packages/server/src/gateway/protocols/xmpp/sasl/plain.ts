/** Mechanisms that show the secret itself, so that they are offered under TLS only: PLAIN (RFC 4616) and OAUTHBEARER (RFC 7628). */
import { whoeverHas } from "../../secret.ts";
import {
  SaslFailure,
  saslFailure,
  type Exchange,
  type SaslContext,
  type Step,
} from "./exchange.ts";
import { checkAuthzid, userOfName, utf8 } from "./names.ts";

export class PlainExchange implements Exchange {
  readonly #context: SaslContext;

  constructor(context: SaslContext) {
    this.#context = context;
  }

  async step(response: Buffer): Promise<Step> {
    const parts = utf8(response).split("\0");
    const [authzid, name, password] = parts;
    if (parts.length !== 3 || !name || !password)
      throw new SaslFailure("malformed-request", "That is not a message of PLAIN.");
    const { accounts, address, domain } = this.#context;
    const user = userOfName(name, domain);
    checkAuthzid(authzid ?? "", user, domain);
    const principal = await whoeverHas(
      { user, secret: password },
      {
        asToken: (token) => accounts.authenticate(token),
        asPassword: () => accounts.prove.withPassword({ user, password, address }),
      },
    );
    return { done: true, data: undefined, principal };
  }
}

const separator = "\u0001";

export class BearerExchange implements Exchange {
  readonly #context: SaslContext;
  /** Said once the client has heard why it failed (RFC 7628 section 3.2.3). */
  #failure: SaslFailure | undefined;

  constructor(context: SaslContext) {
    this.#context = context;
  }

  async step(response: Buffer): Promise<Step> {
    if (this.#failure !== undefined) throw this.#failure;
    const [header = "", ...pairs] = utf8(response).split(separator);
    const authzid = /^n,(?:a=([^,]*))?,$/.exec(header);
    const bearer = pairs.find((pair) => /^auth=bearer /i.test(pair));
    if (authzid === null || bearer === undefined)
      throw new SaslFailure("malformed-request", "That is not a message of OAUTHBEARER.");
    const token = bearer.slice("auth=bearer ".length).trim();
    try {
      const principal = await this.#context.accounts.authenticate(token);
      const wanted = (authzid[1] ?? "").replace(/=2C/g, ",").replace(/=3D/g, "=");
      checkAuthzid(wanted, principal.user, this.#context.domain);
      return { done: true, data: undefined, principal };
    } catch (error) {
      this.#failure = saslFailure(error);
      return { done: false, data: Buffer.from('{"status":"invalid_token"}') };
    }
  }
}
