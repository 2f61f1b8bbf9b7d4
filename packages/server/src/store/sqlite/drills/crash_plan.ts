import type { Sizes } from "../limits.ts";

/** Small, so that the process dies in the middle of indexing and of checkpoints too. */
export const drillSizes: Partial<Sizes> = {
  tailRows: 8_192,
  segmentRows: 256,
  restRows: 64,
  spanRows: 16,
  partRows: 1_024,
  heads: 2,
  checkpointPages: 50,
};

export const drillConversations = [
  "g:1:crashaaa",
  "g:1:crashbbb",
  "g:1:crashccc",
  "g:1:crashddd",
] as const;

/** The conversation that a message goes to, by its number. */
export function drillConversation(number: number): string {
  return drillConversations[(number * 7) % 4] ?? drillConversations[0];
}
