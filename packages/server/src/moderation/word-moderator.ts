import type { Clock } from "../lib/clock.ts";
import { WordFilter, type Hit } from "./filter.ts";
import { followWordFile } from "./follow.ts";
import type { Moderator, Reviewed, Verdict } from "./port.ts";
import { readWordFile, WordFileError } from "./word-file.ts";

export interface WordModeratorConfig {
  readonly wordFile: string;
  /** `reject` refuses the message, `mask` puts a star in place of each character of the word. */
  readonly action: "reject" | "mask";
  /** How often the file is looked at for changes. */
  readonly reloadMs: number;
}

/** What became of a changed file. With an error the words from before stay in force. */
export type Reloaded = { readonly words: number } | { readonly error: WordFileError };

/**
 * The embedded moderator: reads the list and follows its file. Errors: WordFileError, so that a server whose list is unusable does not start.
 */
export async function openWordModerator(
  config: WordModeratorConfig,
  clock: Clock,
  onReload: (reloaded: Reloaded) => void,
): Promise<Moderator> {
  const { wordFile, action, reloadMs } = config;
  const { words, version } = await readWordFile(wordFile);
  let filter = compile(words, wordFile);
  const use = (changed: readonly string[]) => {
    filter = compile(changed, wordFile);
    onReload({ words: changed.length });
  };
  const file = { path: wordFile, version, everyMs: reloadMs };
  const close = followWordFile(file, clock, use, (error) => onReload({ error }));
  return { review: (batch) => batch.map((message) => judge(filter, message, action)), close };
}

const allow: Verdict = Object.freeze({ action: "allow" });
const reject: Verdict = Object.freeze({ action: "reject" });

/** Looks into the `text` of text messages and into nothing else. */
export function judge(
  filter: WordFilter,
  message: Reviewed,
  action: WordModeratorConfig["action"],
): Verdict {
  if (message.kind !== "text") return allow;
  const content = JSON.parse(message.content) as Record<string, unknown>;
  const text = content["text"];
  if (typeof text !== "string") return allow;
  const hits = filter.search(text);
  if (hits.length === 0) return allow;
  if (action === "reject") return reject;
  return { action: "replace", content: JSON.stringify({ ...content, text: mask(text, hits) }) };
}

function compile(words: readonly string[], name: string): WordFilter {
  try {
    return new WordFilter(words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new WordFileError(`${name}: ${error.message}`, { cause: error });
  }
}

/** A star for each matched character; overlapping hits become one. */
function mask(text: string, hits: readonly Hit[]): string {
  let masked = "";
  let at = 0;
  for (const { start, end, length } of hits) {
    if (end <= at) continue;
    masked += text.slice(at, Math.max(at, start)) + "*".repeat(length);
    at = end;
  }
  return masked + text.slice(at);
}
