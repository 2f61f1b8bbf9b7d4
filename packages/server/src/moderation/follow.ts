import type { Clock } from "../lib/clock.ts";
import { readWordFile, WordFileError, wordFileVersion } from "./word-file.ts";

/**
 * Looks at a word file every `everyMs` and hands its words to `use` when it has changed. What cannot be read or used goes to `failed`, once until it
 * is another failure or mended. Returns what stops it. `use` may throw WordFileError; anything else is a mistake of ours and is not caught.
 */
export function followWordFile(
  file: { readonly path: string; readonly version: string; readonly everyMs: number },
  clock: Clock,
  use: (words: readonly string[]) => void,
  failed: (error: WordFileError) => void,
): () => void {
  let seen = file.version;
  let told: string | undefined;
  let stopped = false;
  let cancel = () => {};

  const look = async () => {
    try {
      const version = await wordFileVersion(file.path);
      if (version !== seen) {
        // Also a version that turns out to be unusable is not read again.
        seen = version;
        use((await readWordFile(file.path)).words);
        told = undefined;
      }
    } catch (error) {
      if (!(error instanceof WordFileError)) throw error;
      if (error.message !== told) failed(error);
      told = error.message;
    }
    next();
  };
  const next = () => {
    if (!stopped) cancel = clock.after(file.everyMs, () => void look());
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}
