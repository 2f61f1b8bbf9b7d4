/** Bun and Node have these; the types of Bun leave them out. Half the cost of `write` and `toString` with an encoding. */
interface Buffer {
  latin1Write(text: string, offset: number): number;
  latin1Slice(from: number, to: number): string;
}
