import { statSync } from "node:fs";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";

/** How often the certificate files are looked at. */
const checkMs = 10_000;

/**
 * Calls `reload` when one of the files has changed; if that throws, says so and tries again at the next look, while the old certificate stays in use. The
 * returned function ends the watch.
 */
export function watchCertificate(
  files: { readonly certFile: string; readonly keyFile: string },
  reload: () => void,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): () => void {
  const stamp = () => `${statSync(files.certFile).mtimeMs} ${statSync(files.keyFile).mtimeMs}`;
  let seen = stamp();
  let cancel: () => void;
  const check = () => {
    cancel = clock.after(checkMs, check);
    try {
      const now = stamp();
      if (now === seen) return;
      reload();
      seen = now;
      log.info({ file: files.certFile }, "certificate reloaded");
    } catch (error) {
      log.error(
        { error, file: files.certFile },
        "certificate could not be reloaded; the old one stays in use",
      );
    }
  };
  cancel = clock.after(checkMs, check);
  return () => cancel();
}
