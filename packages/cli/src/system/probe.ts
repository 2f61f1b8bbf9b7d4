import { oneLine } from "../terminal/text.ts";

/** What answers at a URL: a Godwit server, something else, or nothing. */
export type Probe =
  | {
      readonly kind: "godwit";
      readonly ready: boolean;
      readonly detail: string;
      readonly clockOffsetMs: number | undefined;
    }
  | { readonly kind: "other"; readonly detail: string }
  | { readonly kind: "nothing"; readonly detail: string };

/** Asks `/livez` and `/readyz` below `url`, waiting at most `timeoutMs` for each. Never rejects. */
export async function probeServer(url: string, timeoutMs = 2_000): Promise<Probe> {
  try {
    const live = await fetch(new URL("/livez", url), { signal: AbortSignal.timeout(timeoutMs) });
    if (!live.ok) return { kind: "other", detail: `HTTP ${live.status}` };
    const ready = await fetch(new URL("/readyz", url), { signal: AbortSignal.timeout(timeoutMs) });
    const date = Date.parse(ready.headers.get("date") ?? "");
    const detail = oneLine((await ready.text()).slice(0, 200));
    // The Date header has whole seconds; the middle of its second is the best guess.
    const clockOffsetMs = Number.isNaN(date) ? undefined : date + 500 - Date.now();
    return { kind: "godwit", ready: ready.ok, detail, clockOffsetMs };
  } catch (error) {
    return { kind: "nothing", detail: networkProblem(error) };
  }
}

/** Why a request got no answer, in a word: the system's code (ECONNREFUSED, ENOTFOUND, …) where there is one. */
export function networkProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
