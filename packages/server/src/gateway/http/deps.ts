import type { CloseName, CommandName, WireError } from "@godwit/protocol";
import type { Accounts, Principal } from "../../accounts/accounts.ts";
import type { Clock } from "../../lib/clock.ts";
import type { BoshListener } from "../bosh/listener.ts";
import type { PollListener } from "../poll/listener.ts";

export interface HttpConfig {
  /** Shown on the start page and in the API description. */
  readonly version: string;
  /** Origins that browsers may call the API from (`https://app.example.org`); `*` for any. Empty: only pages from here. */
  readonly allowedOrigins: readonly string[];
  /** Largest request body. */
  readonly bodyBytesMax: number;
  /** Requests per minute from one address that carry no valid token. */
  readonly requestsPerMinuteMax: number;
  /** Whether a proxy in front is trusted to append the caller's address to X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** If set, `/metrics` wants it as a bearer token. */
  readonly metricsToken?: string | undefined;
  /** Folder of the web client; a start page is served while it is absent. */
  readonly webDir?: string | undefined;
  /** The address listened on: where it is all of them, pages opened through localhost learn how others reach them. */
  readonly listenHost?: string | undefined;
}

export type Executed =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: WireError };

export interface Readiness {
  readonly ready: boolean;
  /** Why not, in words for an operator: "draining", "store: full". Empty when ready. */
  readonly reasons: readonly string[];
}

/** What the HTTP API asks of the running server. */
export interface HttpBackend {
  /** Runs a native command for this caller as a session would, with the same guards. `params` fit the command's schema. */
  execute(
    principal: Principal,
    command: CommandName,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Executed>;
  /** The same for somebody without an account. Their address is limited where requests come in; nothing else is remembered of them. */
  visit(command: CommandName, params: Readonly<Record<string, unknown>>): Promise<Executed>;
  /** Closes live sessions of the user (of one device, or of all) with a close code; resolves to how many. */
  endSessions(
    user: string,
    end: {
      readonly close: CloseName;
      readonly reason?: string | undefined;
      readonly device?: string | undefined;
    },
  ): Promise<number>;
  /** Tells whoever watches the user of the name that an administrator gave them. */
  renamed(user: string, name: string): Promise<void>;
  readiness(): Readiness;
  /** Prometheus text exposition. */
  metrics(): Promise<string>;
}

export interface HttpDeps {
  readonly accounts: Accounts;
  readonly backend: HttpBackend;
  readonly config: HttpConfig;
  /** Connections by long-poll and server-sent events, if there may be any. */
  readonly poll?: PollListener | undefined;
  /** XMPP by requests, if it is spoken. */
  readonly bosh?: BoshListener | undefined;
  readonly clock: Clock;
  /** Told of failures that are answered `internal`. */
  readonly logError: (
    error: unknown,
    request: { readonly method: string; readonly path: string },
  ) => void;
}

export interface HttpApp {
  /** Answers one request. `address` is the peer's network address as the listener saw it. Never rejects. */
  fetch(request: Request, peer: { readonly address: string }): Response | Promise<Response>;
}

/** What travels with a request: the caller's address, as trusted. */
export interface RequestEnv {
  Bindings: { readonly address: string };
}
