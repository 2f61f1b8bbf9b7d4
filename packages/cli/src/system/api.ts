import type { WireError } from "@godwit/protocol";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { isDistrust, networkProblem } from "./probe.ts";

/** An HTTP refusal with the server's error in it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.message);
    this.wire = wire;
  }
}

/** The HTTP form of a server's URL: `ws` becomes `http`, a bare `host:port` gets a scheme, and the path is dropped. */
export function httpUrl(context: Context, url: string): string {
  const parsed = URL.parse(/^[a-z]+:\/\//i.test(url) ? url : `http://${url}`);
  const scheme = { "http:": "http:", "https:": "https:", "ws:": "http:", "wss:": "https:" }[
    parsed?.protocol ?? ""
  ];
  if (parsed === null || scheme === undefined)
    throw new CliError(context.t("url.malformed", { url }), context.t("url.malformed.remedy"), 2);
  return `${scheme}//${parsed.host}`;
}

/** No server answers, or none that can be trusted: why, in the words of `networkProblem`, and what to do. */
export function unreachable({ t }: Context, url: string, detail: string): CliError {
  return isDistrust(detail)
    ? new CliError(t("server.untrusted", { url, detail }), t("server.untrusted.remedy"))
    : new CliError(t("server.unreachable", { url, detail }), t("server.unreachable.remedy"));
}

/**
 * One call of the HTTP API, answered within 15 s. Throws `ApiError` with the server's refusal, or `CliError` if nothing or something else answers.
 */
export async function callApi<T>(
  context: Context,
  url: string,
  method: "GET" | "POST" | "PATCH",
  path: string,
  options: { readonly body?: unknown; readonly token?: string } = {},
): Promise<T> {
  const { t } = context;
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(15_000),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(context, url, networkProblem(error));
  }
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer as T;
  if (isWireError(answer)) throw new ApiError(answer);
  throw new CliError(
    t("server.strange", { url, status: response.status }),
    t("server.strange.remedy"),
  );
}

function parse(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWireError(answer: unknown): answer is WireError {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "name" in answer &&
    "code" in answer &&
    "message" in answer
  );
}
