/** Bounds of the engine. Tests use small ones, so that a few rows go all the ways that millions go. */
export interface Sizes {
  /** Unindexed rows there is room for, a power of two; at the end of it, indexing goes before appending. At least twice `segmentRows`. */
  readonly tailRows: number;
  /** Rows indexed together, at most 65,536: offsets within a segment are 16 bits. */
  readonly segmentRows: number;
  /** Rows that are worth indexing when there is nothing else to do, or at the end. */
  readonly restRows: number;
  /** Rows of a conversation in one row of `spans`. */
  readonly spanRows: number;
  /** Log ids that share a filter, of 1.5 bytes each. */
  readonly partRows: number;
  /** Conversations kept in memory, beyond those with unindexed rows. */
  readonly heads: number;
  /** Members counted, or accounts of each index searched, for one answer. */
  readonly scanRows: number;
  /** Pages in the write-ahead log at which it is copied into the main file. */
  readonly checkpointPages: number;
  /** Pages of 8 KB the main file may grow to; beyond it writes are refused as `full`. 0: as large as the disk. */
  readonly pages: number;
}

export const defaultSizes: Sizes = {
  tailRows: 131_072,
  segmentRows: 32_768,
  restRows: 8_192,
  spanRows: 1_024,
  partRows: 1_048_576,
  heads: 50_000,
  scanRows: 100_000,
  checkpointPages: 500,
  pages: 0,
};
