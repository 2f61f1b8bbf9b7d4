import { useEffect, useState } from "react";
import { isLoopback } from "./addresses.ts";

/** The server answers this to its own computer only. */
const path = "/_pages/lan.json";

async function fetchLanOrigin(): Promise<string | undefined> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) return undefined;
  const { origins } = (await response.json()) as { origins?: unknown };
  const first: unknown = Array.isArray(origins) ? origins[0] : undefined;
  return typeof first === "string" ? first : undefined;
}

/** The server's address in the local network, where the page was opened by a name that only this computer knows. */
export function useLanOrigin(): string | undefined {
  const [origin, setOrigin] = useState<string>();
  useEffect(() => {
    if (!isLoopback(location.hostname)) return;
    let current = true;
    fetchLanOrigin().then(
      (found) => {
        if (current) setOrigin(found);
      },
      () => {
        // Offline, or a server that does not tell: the dialog says that the link is a local one.
      },
    );
    return () => {
      current = false;
    };
  }, []);
  return origin;
}
