/** The most messages in one append: the tail must have room for them beside a segment that is being indexed. */
export const batchRowsMax = 32_768;
/** Unindexed rows the tail has room for; at the end of it, indexing goes before appending. */
export const tailRowsMax = 131_072;
/** Rows indexed together. Offsets within a segment are 16 bits. */
export const segmentRowsMax = 32_768;
/** Rows that are worth indexing when there is nothing else to do, or at the end. */
export const restRowsMin = 8_192;
/** Conversations kept in memory, beyond those with unindexed rows. */
export const headsMax = 50_000;
/** Pages in the write-ahead log at which it is copied into the main file: 4 MB, a few milliseconds of work. */
export const checkpointPages = 1_000;
