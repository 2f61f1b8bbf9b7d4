/** Whose access ends: a device, and where every tab is one, those whose names begin with this one's. */
export interface Leaving {
  readonly device: string;
  readonly tabsOf?: string | undefined;
}

/**
 * Signs a browser out on the server, by requests of their own: it needs neither the SDK, which is fetched last, nor a connection, and knows at once
 * that there is no network. Rejects if that could not be done, after `timeoutMs` at the latest.
 */
export async function revoke(
  url: string,
  token: string,
  { device, tabsOf }: Leaving,
  timeoutMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal,
    });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
    return response.json();
  };
  if (tabsOf !== undefined) {
    const answer = await post("/api/commands/devices", {});
    const { devices } = answer as { devices: readonly { device: string }[] };
    for (const other of devices)
      if (other.device !== device && other.device.startsWith(tabsOf))
        await post("/api/sign-out", { device: other.device });
  }
  await post("/api/sign-out", { device });
}
