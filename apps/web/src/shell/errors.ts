/** Puts errors of the model into the visitor's words. */
import type { TextKey, Translate } from "../i18n/index.ts";

type ErrorKey = Extract<TextKey, `error.${string}`>;
/** Keys without placeholders. */
type PlainKey = Exclude<ErrorKey, "error.tooManyAttempts" | "error.seconds" | "error.minutes">;

/** By the names of the protocol's error table, its close codes and the SDK's own. What is not here is `error.unknown`, with the server's sentence. */
const keys: Readonly<Record<string, PlainKey>> = {
  http_failed: "error.unreachable",
  offline: "error.offline",
  connection_lost: "error.timeout",
  timeout: "error.timeout",
  too_many_waiting: "error.busy",
  outbox_full: "error.busy",
  rate_limited: "error.rateLimited",
  busy: "error.busy",
  forbidden: "error.forbidden",
  not_member: "error.notMember",
  banned: "error.banned",
  muted: "error.muted",
  content_rejected: "error.rejected",
  content_too_large: "error.tooLarge",
  conversation_unknown: "error.conversationUnknown",
  user_unknown: "error.userUnknown",
  conversation_dissolved: "error.dissolved",
  group_full: "error.full",
  invalid_params: "error.invalid",
  storage_full: "error.storageFull",
  storage_unavailable: "error.server",
  internal: "error.server",
  shutting_down: "error.busy",
  token_invalid: "error.signedOut",
  token_expired: "error.signedOut",
  closed: "error.signedOut",
  account_disabled: "error.disabled",
};

/** The name that the protocol or the SDK gave the error; empty for others. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** How long to wait before the next try, in words; whole seconds up to 90, then minutes, always rounded up. */
export function waitText(t: Translate, waitMs: number): string {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  if (seconds <= 90) return t("error.seconds", { count: seconds });
  return t("error.minutes", { count: Math.ceil(seconds / 60) });
}

/** The wait that the server asked for, in milliseconds. */
export function retryAfterOf(error: unknown): number | undefined {
  const after = (error as { retryAfterMs?: unknown } | null)?.retryAfterMs;
  return typeof after === "number" ? after : undefined;
}

/** The wait after too many attempts where the server does not say. */
export const throttleMs = 60_000;

/** One sentence about what went wrong. */
export function errorText(t: Translate, error: unknown): string {
  const name = errorName(error);
  if (name === "too_many_attempts")
    return t("error.tooManyAttempts", { time: waitText(t, retryAfterOf(error) ?? throttleMs) });
  return t(keys[name] ?? "error.unknown");
}

/** A task whose failures are in the visitor's words, for whatever shows the message of an error. */
export function inWords(t: Translate, task: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await task();
    } catch (error) {
      throw new Error(errorText(t, error), { cause: error });
    }
  };
}
