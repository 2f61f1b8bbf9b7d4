/**
 * Hashes of (sender, client id), 64 bits as two words. They only find candidates; what counts is the comparison with the log row. They are keyed
 * by a secret of the file, so that no client can choose ids that collide. The mixing steps are those of MurmurHash3 (Austin Appleby, public domain).
 */
export interface Salt {
  readonly a: number;
  readonly b: number;
}

export interface KeyHash {
  high: number;
  low: number;
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** A 32-bit hash of a text, for use as part of a key. */
export function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) hash = mix(hash, text.charCodeAt(index));
  return finish(hash ^ text.length);
}

/** Hashes the four words of a client id at `words[at…]` together with the two of a sender into `out`. */
export function hashKey(
  senderHigh: number,
  senderLow: number,
  words: Uint32Array,
  at: number,
  out: KeyHash,
): void {
  const w0 = words[at] ?? 0;
  const w1 = words[at + 1] ?? 0;
  const w2 = words[at + 2] ?? 0;
  const w3 = words[at + 3] ?? 0;
  out.high = finish(mix(mix(mix(mix(senderHigh, w0), w1), w2), w3));
  out.low = finish(mix(mix(mix(mix(senderLow, w3), w2), w1), w0));
}

const hexValue = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) hexValue[digit.toString(16).charCodeAt(0)] = digit;

/**
 * Writes the 16 bytes of a lower-case UUID as four words at `words[at…]`, so that the bytes are in the UUID's order in memory (the machines this
 * runs on are little-endian). False, with the words undefined, if `text` is not one.
 */
export function parseUuid(text: string, words: Uint32Array, at: number): boolean {
  if (text.length !== 36) return false;
  let from = 0;
  for (let word = 0; word < 4; word += 1) {
    let value = 0;
    for (let byte = 0; byte < 4; byte += 1) {
      if (from === 8 || from === 13 || from === 18 || from === 23) {
        if (text.charCodeAt(from) !== 45) return false;
        from += 1;
      }
      const high = hexValue[text.charCodeAt(from)] ?? -1;
      const low = hexValue[text.charCodeAt(from + 1)] ?? -1;
      if (high < 0 || low < 0) return false;
      value |= ((high << 4) | low) << (byte << 3);
      from += 2;
    }
    words[at + word] = value;
  }
  return true;
}

/** The words of a client id that is not a UUID: a hash of its text, good enough to find candidates. */
export function textWords(text: string, words: Uint32Array, at: number): void {
  for (let word = 0; word < 4; word += 1) words[at + word] = hashText(text, word);
}

/** Sixteen bytes as a UUID in lower case. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
