const none = Buffer.alloc(0);

/** What a socket did not take yet, in order. As long as the generator writes only to links that are ready, it holds what one write left. */
export class Backlog {
  #bytes: Buffer = none;

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Writes `bytes[from, to)` behind what waits; what the socket does not take is kept. */
  write(socket: Bun.Socket<unknown>, bytes: Buffer, from: number, to: number): void {
    if (!this.empty) {
      this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(from, to)]);
      return;
    }
    const written = Math.max(0, socket.write(bytes, from, to - from));
    if (written < to - from) this.#bytes = Buffer.from(bytes.subarray(from + written, to));
  }

  /** The socket takes more again. */
  drain(socket: Bun.Socket<unknown> | undefined): void {
    if (this.empty) return;
    const written = Math.max(0, socket?.write(this.#bytes) ?? 0);
    this.#bytes = written === this.#bytes.length ? none : this.#bytes.subarray(written);
  }

  drop(): void {
    this.#bytes = none;
  }
}
