import { oneLine } from "../terminal/text.ts";

/** What answers at a URL: a Godwit server, something else, a server whose certificate is not trusted under this name, or nothing. */
export type Probe =
  | {
      readonly kind: "godwit";
      readonly ready: boolean;
      readonly detail: string;
      readonly clockOffsetMs: number | undefined;
    }
  | { readonly kind: "other"; readonly detail: string }
  | { readonly kind: "untrusted"; readonly detail: string }
  | { readonly kind: "nothing"; readonly detail: string };

/**
 * Asks `/livez` and `/readyz` below `url`, waiting at most `timeoutMs` for each. Never rejects. With `anyCertificate` a certificate need not be for
 * the name in the URL: for a look at one's own server by its address, where nothing secret is sent.
 */
export async function probeServer(
  url: string,
  { timeoutMs = 2_000, anyCertificate = false } = {},
): Promise<Probe> {
  const ask = (path: string) =>
    fetch(new URL(path, url), {
      signal: AbortSignal.timeout(timeoutMs),
      ...(anyCertificate ? { tls: { rejectUnauthorized: false } } : {}),
    });
  try {
    const live = await ask("/livez");
    if (!live.ok) return { kind: "other", detail: `HTTP ${live.status}` };
    const ready = await ask("/readyz");
    const date = Date.parse(ready.headers.get("date") ?? "");
    const detail = oneLine((await ready.text()).slice(0, 200));
    // The Date header has whole seconds; the middle of its second is the best guess.
    const clockOffsetMs = Number.isNaN(date) ? undefined : date + 500 - Date.now();
    return { kind: "godwit", ready: ready.ok, detail, clockOffsetMs };
  } catch (error) {
    const detail = networkProblem(error);
    return { kind: isDistrust(detail) ? "untrusted" : "nothing", detail };
  }
}

/** Why a request got no answer, in a word: the system's code (ECONNREFUSED, ENOTFOUND, …) where there is one. */
export function networkProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** Whether such a word says that a certificate was not accepted: ERR_TLS_CERT_ALTNAME_INVALID, DEPTH_ZERO_SELF_SIGNED_CERT, CERT_HAS_EXPIRED, … */
export function isDistrust(problem: string): boolean {
  return /CERT|ISSUER/.test(problem);
}
