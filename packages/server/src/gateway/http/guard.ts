/** What stands before every route: the token, the limit per address, the body's form, the schemas. */
import type { HonoRequest } from "hono";
import { userIdPattern, wireError, type ErrorName } from "@godwit/protocol";
import Schema, { type Validator } from "typebox/schema";
import { AuthError, type Accounts, type Principal } from "../../accounts/accounts.ts";
import { addressKey, type Throttle } from "../../accounts/throttle.ts";
import { ApiError, refuse } from "./reply.ts";
import type { Audience, Call, Route } from "./route.ts";
import type { ObjectSchema } from "./schema.ts";

const userId = new RegExp(userIdPattern);

/** The token of `Authorization: Bearer …` (RFC 6750 section 2.1); undefined if there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}

/** Counts what carries no valid token; past the limit it is refused until the count has drained. */
function limitAddress(throttle: Throttle, address: string): void {
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

/** The bearer of the token. Refused tokens count against the address, accepted ones do not: a busy back-end is no flood. */
export async function authenticate(
  { accounts, throttle }: Admission,
  authorization: string | undefined,
  address: string,
): Promise<Principal> {
  const token = bearerToken(authorization);
  try {
    if (token === undefined)
      throw new AuthError("token_invalid", "Send a token as `Authorization: Bearer <token>`.");
    return await accounts.authenticate(token);
  } catch (error) {
    if (error instanceof AuthError) limitAddress(throttle, address);
    throw error;
  }
}

/** Lets a request in, with its caller if the audience asks for one. */
export async function admit(
  admission: Admission,
  audience: Audience,
  authorization: string | undefined,
  address: string,
): Promise<Principal | undefined> {
  if (audience === "anyone") {
    limitAddress(admission.throttle, address);
    return undefined;
  }
  const principal = await authenticate(admission, authorization, address);
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

/** The body as an object; for what is checked elsewhere. */
export async function readObject(request: HonoRequest): Promise<Record<string, unknown>> {
  const body = await readJson(request);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw refuse("invalid_params", "The body must be an object.");
  return body as Record<string, unknown>;
}

interface Check {
  readonly schema: ObjectSchema;
  /** Throws `invalid_params` naming the first field that does not fit. */
  run(value: unknown): void;
}

function fieldOf({
  keyword,
  instancePath,
  params,
}: ReturnType<Validator["Errors"]>[1][number]): string {
  const path = instancePath.slice(1).replaceAll("/", ".");
  const missing =
    keyword === "required"
      ? (params as { requiredProperties: readonly string[] }).requiredProperties[0]
      : undefined;
  return [path, missing]
    .filter((part) => part !== undefined && part !== "")
    .join(".")
    .slice(0, 100);
}

function checkOf(schema: ObjectSchema): Check {
  let compiled: Validator | undefined;
  return {
    schema,
    run(value) {
      // At the first request: start-up does not pay for all routes.
      compiled ??= Schema.Compile(schema) as Validator;
      if (compiled.Check(value)) return;
      const [first] = compiled.Errors(value)[1];
      if (first === undefined) throw refuse("invalid_params");
      const field = fieldOf(first);
      const wrong = first.keyword === "required" ? "is missing" : first.message.slice(0, 200);
      throw refuse("invalid_params", `${field === "" ? "The body" : field} ${wrong}.`);
    },
  };
}

/** Query texts as the schema's types: integers become numbers, where they are. */
function typed(
  query: Readonly<Record<string, string>>,
  { properties }: ObjectSchema,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([key, text]) => [
      key,
      Object.hasOwn(properties, key) &&
      properties[key]?.type === "integer" &&
      /^\d{1,15}$/.test(text)
        ? Number(text)
        : text,
    ]),
  );
}

/** Reads a route's input and checks it. */
export function createReader(
  route: Route,
): (request: HonoRequest, address: string) => Promise<Call> {
  const bodyCheck = route.body === undefined ? undefined : checkOf(route.body);
  const queryCheck = route.query === undefined ? undefined : checkOf(route.query);
  return async (request, address) => {
    const user = request.param("user") ?? "";
    if (route.path.includes(":user") && !userId.test(user)) throw refuse("user_unknown");
    const query = queryCheck === undefined ? {} : typed(request.query(), queryCheck.schema);
    queryCheck?.run(query);
    const body = bodyCheck === undefined ? {} : await readJson(request);
    bodyCheck?.run(body);
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
