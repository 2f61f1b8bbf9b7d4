import { conversationIdPattern, limits } from "@godwit/protocol";
import { jwtVerify, SignJWT } from "jose";
import type { Clock } from "../lib/clock.ts";
import { isUserId, readHeader, tokenError } from "./claims.ts";
import { AuthError } from "./error.ts";
import { ownAlgorithm, type KeyRing } from "./keys.ts";
import type { AccountStates } from "./state.ts";

/** What an invite link says, once its signature and time are checked. Whether its maker may still invite is for the conversation to say. */
export interface Invitation {
  readonly conversation: string;
  readonly inviter: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Invite links: signed with the key of the access tokens, and of another type, so that neither passes for the other (RFC 8725 section 3.11). */
export interface Invites {
  /** A link of this user's that is good for so many hours. Nothing is stored. */
  make(
    conversation: string,
    inviter: string,
    hours: number,
  ): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Errors: token_invalid (not ours, or its maker is disabled), token_expired (or its key has been out of use for the life of an access token). */
  read(token: string): Promise<Invitation>;
}

export interface InvitesDeps {
  readonly keys: KeyRing;
  readonly states: AccountStates;
  readonly clock: Clock;
}

const inviteType = "godwit-invite+jwt";
const hourMs = 3_600_000;
const conversationId = new RegExp(conversationIdPattern);

export function createInvites({ keys, states, clock }: InvitesDeps): Invites {
  return {
    async make(conversation, inviter, hours) {
      const { kid, privateKey } = keys.newest();
      // Whole seconds: the link is shown as text and as a picture, and every character counts there.
      const exp = Math.ceil((clock.now() + hours * hourMs) / 1000);
      const token = await new SignJWT({ cnv: conversation, inv: inviter, exp })
        .setProtectedHeader({ alg: ownAlgorithm, kid, typ: inviteType })
        .sign(privateKey);
      return { token, expiresAt: exp * 1000 };
    },
    async read(token) {
      if (token.length > limits.inviteTokenLengthMax) throw new AuthError("token_invalid");
      const { kid } = readHeader(token);
      if (kid === undefined) throw new AuthError("token_invalid");
      const invitation = await verify(token, await keys.verifier(kid), clock);
      const maker = await states.get(invitation.inviter);
      if (maker === undefined || maker.disabled) throw new AuthError("token_invalid");
      return invitation;
    },
  };
}

async function verify(
  token: string,
  key: Awaited<ReturnType<KeyRing["verifier"]>>,
  clock: Clock,
): Promise<Invitation> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ownAlgorithm],
      typ: inviteType,
      currentDate: new Date(clock.now()),
      requiredClaims: ["exp", "cnv", "inv"],
    });
    const { cnv, inv, exp = 0 } = payload;
    if (typeof cnv !== "string" || !conversationId.test(cnv)) throw new AuthError("token_invalid");
    if (typeof inv !== "string" || !isUserId(inv)) throw new AuthError("token_invalid");
    return { conversation: cnv, inviter: inv, expiresAt: exp * 1000 };
  } catch (error) {
    throw tokenError(error);
  }
}
