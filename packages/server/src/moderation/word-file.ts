import { readFile, stat } from "node:fs/promises";

/** What a word file may hold. Building the automaton takes about 5 µs a word, during which nothing else runs. */
export const wordFileLimits = { bytesMax: 4_194_304, wordsMax: 50_000, wordLengthMax: 64 } as const;

/** The word file cannot be used; the message says why and in which line. */
export class WordFileError extends Error {
  override readonly name = "WordFileError";
}

export interface WordFile {
  readonly words: readonly string[];
  /** Changes when the file does. */
  readonly version: string;
}

/** Modification time and size, to see a change without reading. */
export async function wordFileVersion(path: string): Promise<string> {
  const { mtimeMs, size } = await stat(path).catch(unusable(path));
  return `${mtimeMs} ${size}`;
}

/** Reads a UTF-8 file with one word or phrase a line; empty lines and lines that begin with `#` are skipped. Errors: WordFileError. */
export async function readWordFile(path: string): Promise<WordFile> {
  const version = await wordFileVersion(path);
  const bytes = await readFile(path).catch(unusable(path));
  if (bytes.byteLength > wordFileLimits.bytesMax) {
    throw new WordFileError(`${path} is larger than ${wordFileLimits.bytesMax} bytes.`);
  }
  return { words: parseWords(decode(path, bytes), path), version };
}

/** Words of a list, in order and without repetition. `name` is for the error messages. */
export function parseWords(text: string, name: string): readonly string[] {
  const words = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) continue;
    if (word.length > wordFileLimits.wordLengthMax) {
      const bound = wordFileLimits.wordLengthMax;
      throw new WordFileError(`${name}, line ${index + 1}: longer than ${bound} characters.`);
    }
    words.add(word);
  }
  if (words.size > wordFileLimits.wordsMax) {
    throw new WordFileError(`${name} has more than ${wordFileLimits.wordsMax} words.`);
  }
  return [...words];
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new WordFileError(`${path} is not UTF-8 text.`);
  }
}

function unusable(path: string): (error: unknown) => never {
  return (error) => {
    throw new WordFileError(`${path} cannot be read: ${String(error)}`, { cause: error });
  };
}
