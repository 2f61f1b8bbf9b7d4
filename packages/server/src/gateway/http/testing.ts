/** What the tests of the HTTP API share: the app in this process on accounts in memory, and a back-end that notes what it was asked. */
import { wireError, type CommandName } from "@godwit/protocol";
import { compileCommands } from "@godwit/protocol/validate";
import type { AccountsConfig } from "../../accounts/accounts.ts";
import { openTestAccounts } from "../../accounts/testing.ts";
import { createHttpApp } from "./app.ts";
import type { Executed, HttpBackend, HttpConfig, Readiness } from "./deps.ts";

/** As the table of commands does. */
const checks = compileCommands();

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, or undefined. */
  readonly json: Record<string, unknown> & {
    readonly name?: string;
    readonly message?: string;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
  };
}

export interface Ask {
  readonly token?: string | undefined;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}

export async function openTestApp(
  config: Partial<HttpConfig> = {},
  accountsConfig: Partial<AccountsConfig> = {},
) {
  const opened = await openTestAccounts(accountsConfig);
  const { accounts, clock } = opened;
  const executed: unknown[][] = [];
  const ended: unknown[][] = [];
  const renamed: unknown[][] = [];
  const errors: unknown[] = [];
  const state: { readiness: Readiness; outcome: Executed | Error } = {
    readiness: { ready: true, reasons: [] },
    outcome: { ok: true, result: { done: true } },
  };
  const run = async (
    user: string,
    command: CommandName,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Executed> => {
    if (!Object.hasOwn(checks, command)) return { ok: false, error: wireError("unknown_command") };
    const wrong = checks[command](params);
    if (wrong !== undefined) return { ok: false, error: wireError("invalid_params", wrong) };
    executed.push([user, command, params]);
    if (state.outcome instanceof Error) throw state.outcome;
    return state.outcome;
  };
  const backend: HttpBackend = {
    execute: ({ user }, command, params) => run(user, command, params),
    visit: (command, params) => run("a visitor", command, params),
    async endSessions(user, end) {
      ended.push([user, end]);
      return 2;
    },
    async renamed(user, name) {
      if (state.outcome instanceof Error) throw state.outcome;
      renamed.push([user, name]);
    },
    readiness: () => state.readiness,
    metrics: async () => "godwit_up 1\n",
  };
  const app = createHttpApp({
    accounts,
    backend,
    clock,
    config: {
      version: "0.0.0-test",
      allowedOrigins: [],
      bodyBytesMax: 65_536,
      requestsPerMinuteMax: 600,
      trustProxy: false,
      ...config,
    },
    logError: (error) => errors.push(error),
  });

  async function ask(
    method: string,
    path: string,
    { token, body, headers = {}, address = "192.0.2.1" }: Ask = {},
  ): Promise<Answer> {
    const response = await app.fetch(
      new Request(`http://chat.test${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
      { address },
    );
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: json as Answer["json"],
    };
  }

  const password = "long enough";
  const register = async (user: string) => {
    await accounts.users.create({ user, password, admin: user === "root" });
    return (await accounts.users.issueToken(user)).token;
  };
  return { ...opened, app, ask, register, password, executed, ended, renamed, errors, state };
}
