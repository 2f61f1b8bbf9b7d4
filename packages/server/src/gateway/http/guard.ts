/** What stands before every route: the token, the limit per address, the body's form, the schemas. */
import type { HonoRequest } from "hono";
import { userIdPattern, wireError, type ErrorName } from "@godwit/protocol";
import { Compile, type Validator } from "typebox/compile";
import type { TObject } from "typebox";
import { AuthError, type Accounts, type Principal } from "../../accounts/accounts.ts";
import { addressKey, type Throttle } from "../../accounts/throttle.ts";
import { ApiError, refuse } from "./reply.ts";
import type { Audience, Call, Route } from "./route.ts";

const userId = new RegExp(userIdPattern);

/** The token of `Authorization: Bearer …` (RFC 6750 section 2.1); undefined if there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}

/** Counts what carries no valid token; past the limit it is refused until the count has drained. */
export function limitAddress(throttle: Throttle, address: string): void {
  const key = addressKey(address);
  const waitMs = throttle.waitMs(key);
  if (waitMs > 0)
    throw new ApiError(wireError("rate_limited", "Too many requests from this address.", waitMs));
  throttle.add(key);
}

export interface Admission {
  readonly accounts: Accounts;
  readonly throttle: Throttle;
}

/** The caller, if the audience asks for one. Refused tokens count against the address, accepted ones do not. */
export async function admit(
  { accounts, throttle }: Admission,
  audience: Audience,
  authorization: string | undefined,
  address: string,
): Promise<Principal | undefined> {
  if (audience === "anyone") {
    limitAddress(throttle, address);
    return undefined;
  }
  const token = bearerToken(authorization);
  let principal: Principal;
  try {
    if (token === undefined)
      throw new AuthError("token_invalid", "Send a token as `Authorization: Bearer <token>`.");
    // An address past its limit is not worth the work of checking signatures, except that valid tokens behind it still are let through.
    principal = await accounts.authenticate(token);
  } catch (error) {
    if (error instanceof AuthError) limitAddress(throttle, address);
    throw error;
  }
  if (audience === "admin" && !principal.admin)
    throw refuse("forbidden", "This needs the token of an administrator.");
  return principal;
}

/** The body as JSON; an empty one counts as `{}`. Size is checked before. */
async function readJson(request: HonoRequest): Promise<unknown> {
  const text = await request.text();
  if (text === "") return {};
  const type = request.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw refuse("bad_request", "The body must be application/json.", 415);
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("bad_request", "The body is not JSON.");
  }
}

/** Throws `invalid_params` naming the first field that does not fit. */
function check(validator: Validator, value: unknown): void {
  if (validator.Check(value)) return;
  const [first] = validator.Errors(value);
  const field = first?.instancePath.slice(1).replaceAll("/", ".") ?? "";
  const where = field === "" ? "The body" : field;
  throw refuse(
    "invalid_params",
    first === undefined ? undefined : `${where.slice(0, 100)} ${first.message.slice(0, 200)}.`,
  );
}

const lazily = (schema: TObject | undefined) => {
  let compiled: Validator | undefined;
  return schema === undefined ? undefined : () => (compiled ??= Compile(schema));
};

/** Reads a route's input and checks it. Validators are compiled once, at the first request of the route, so that start-up does not pay for all. */
export function createReader(
  route: Route,
): (request: HonoRequest, address: string) => Promise<Call> {
  const bodyOf = lazily(route.body);
  const queryOf = lazily(route.query);
  return async (request, address) => {
    const user = request.param("user") ?? "";
    if (route.path.includes(":user") && !userId.test(user)) throw refuse("user_unknown");
    const query = queryOf?.().Convert(request.query()) ?? {};
    if (queryOf !== undefined) check(queryOf(), query);
    const body = bodyOf === undefined ? {} : await readJson(request);
    if (bodyOf !== undefined) check(bodyOf(), body);
    return { user, query, body, address };
  };
}

/** What any route of an audience may answer besides its own errors. */
export function commonErrors(audience: Audience): readonly ErrorName[] {
  const everywhere: ErrorName[] = [
    "bad_request",
    "invalid_params",
    "content_too_large",
    "rate_limited",
    "internal",
    "storage_unavailable",
  ];
  if (audience === "anyone") return everywhere;
  return [
    "token_invalid",
    "token_expired",
    "account_disabled",
    ...(audience === "admin" ? (["forbidden"] as const) : []),
    ...everywhere,
  ];
}
