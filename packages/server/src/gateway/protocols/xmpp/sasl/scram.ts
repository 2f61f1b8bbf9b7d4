/** SCRAM (RFC 5802, RFC 7677), the server's side, with channel binding by `tls-exporter` (RFC 9266). */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Proof, ScramHash } from "../../../../accounts/accounts.ts";
import {
  SaslFailure,
  type Exchange,
  type SaslContext,
  type SaslCondition,
  type Step,
} from "./exchange.ts";
import { checkAuthzid, userOfName, utf8 } from "./names.ts";

const nonceBytes = 18;
/** Longer than any client's nonce; what is said before it is known who speaks stays short. */
const clientFirstLengthMax = 2_048;

interface First {
  /** The gs2 header, which the client repeats in its second message. */
  readonly header: string;
  readonly bare: string;
  readonly authzid: string;
  readonly user: string;
  readonly nonce: string;
}

/** An exchange between its two messages. */
interface Halfway {
  readonly first: First;
  readonly nonce: string;
  readonly serverFirst: string;
  readonly proof: Proof;
}

const malformed = (text: string): SaslFailure => fail("malformed-request", text);
const fail = (condition: SaslCondition, text: string) => new SaslFailure(condition, text);

export class ScramExchange implements Exchange {
  readonly #context: SaslContext;
  readonly #hash: ScramHash;
  /** The mechanism with `-PLUS` was chosen. */
  readonly #bound: boolean;
  #halfway: Halfway | undefined;

  constructor(context: SaslContext, hash: ScramHash, bound: boolean) {
    this.#context = context;
    this.#hash = hash;
    this.#bound = bound;
  }

  async step(response: Buffer): Promise<Step> {
    return this.#halfway === undefined
      ? this.#begin(utf8(response))
      : this.#end(this.#halfway, utf8(response));
  }

  async #begin(message: string): Promise<Step> {
    const first = this.#readFirst(message);
    const { accounts, random, address, domain } = this.#context;
    const user = userOfName(first.user, domain);
    checkAuthzid(first.authzid, user, domain);
    const proof = await accounts.prove.withScram({ user, address });
    const nonce = first.nonce + Buffer.from(random.bytes(nonceBytes)).toString("base64");
    const { salt, iterations } = proof.credentials;
    const serverFirst = `r=${nonce},s=${salt.toString("base64")},i=${iterations}`;
    this.#halfway = { first, nonce, serverFirst, proof };
    return { done: false, data: Buffer.from(serverFirst) };
  }

  /** RFC 5802 section 7, `client-first-message`. */
  #readFirst(message: string): First {
    if (message.length > clientFirstLengthMax) throw malformed("The first message is too long.");
    const found =
      /^((n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,]+))?,)(n=([^,]+),r=([!-+--~]+)(?:,.*)?)$/s.exec(
        message,
      );
    if (found === null) throw malformed("That is not a first message of SCRAM.");
    const [, header = "", flag = "", binding, authzid = "", bare = "", name = "", nonce = ""] =
      found;
    this.#checkBinding(flag, binding);
    return { header, bare, authzid: saslName(authzid), user: saslName(name), nonce };
  }

  /** RFC 5802 section 6: a client that could have bound, and believes that we cannot, has been lied to by somebody in between. */
  #checkBinding(flag: string, binding: string | undefined): void {
    if (this.#bound !== (binding !== undefined))
      throw malformed("The mechanism and the message disagree about channel binding.");
    if (flag === "y" && this.#context.exporter !== undefined)
      throw fail("not-authorized", "Channel binding was offered here, and did not reach you.");
    if (binding !== undefined && (binding !== "tls-exporter" || !this.#context.exporter))
      throw malformed("The only channel binding here is tls-exporter.");
  }

  #end({ first, nonce, serverFirst, proof }: Halfway, message: string): Step {
    const found = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(message);
    const [, withoutProof = "", binding = "", echoed = "", shown = ""] = found ?? [];
    const keys = proof.credentials.keys[this.#hash];
    const authMessage = `${first.bare},${serverFirst},${withoutProof}`;
    const mac = (key: Buffer) => createHmac(this.#hash, key).update(authMessage).digest();
    const signature = mac(keys.storedKey);
    const given = Buffer.from(shown, "base64");
    const clientKey = signature.map((byte, at) => byte ^ (given[at] ?? 0));
    const storedKey = createHash(this.#hash).update(clientKey).digest();
    const right =
      found !== null &&
      given.length === signature.length &&
      echoed === nonce &&
      Buffer.from(binding, "base64").equals(this.#expectedBinding(first)) &&
      timingSafeEqual(storedKey, keys.storedKey);
    if (!right) throw fail("not-authorized", proof.wrong().message);
    const principal = proof.right();
    const verifier = mac(keys.serverKey).toString("base64");
    return { done: true, data: Buffer.from(`v=${verifier}`), principal };
  }

  #expectedBinding({ header }: First): Buffer {
    const { exporter } = this.#context;
    return this.#bound && exporter !== undefined
      ? Buffer.concat([Buffer.from(header), exporter])
      : Buffer.from(header);
  }
}

/** RFC 5802 section 5.1: commas and equals signs are written as `=2C` and `=3D`. */
function saslName(text: string): string {
  if (/=(?!2C|3D)/.test(text)) throw malformed("The name has an equals sign that is not escaped.");
  return text.replace(/=2C/g, ",").replace(/=3D/g, "=");
}
