/** RFC 6455 framing for the client side, over buffers: no allocation per frame. */

export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** Bytes that a client frame needs before its payload: 2, plus the extended length, plus the masking key (section 5.2). */
export function headBytes(payloadBytes: number): number {
  return payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? 8 : 14;
}

/**
 * Writes the head of a final, masked client frame. The masking key is zero, so that masking changes nothing and costs the
 * generator nothing; a server still unmasks as it would any other key. Returns the offset of the payload.
 */
export function writeHead(out: Buffer, at: number, opcode: number, payloadBytes: number): number {
  let next = at;
  out[next++] = 0x80 | opcode;
  if (payloadBytes < 126) {
    out[next++] = 0x80 | payloadBytes;
  } else if (payloadBytes < 65_536) {
    out[next++] = 0x80 | 126;
    out[next++] = payloadBytes >>> 8;
    out[next++] = payloadBytes & 0xff;
  } else {
    out[next++] = 0x80 | 127;
    out.writeUInt32BE(0, next);
    out.writeUInt32BE(payloadBytes, next + 4);
    next += 8;
  }
  out[next] = 0;
  out[next + 1] = 0;
  out[next + 2] = 0;
  out[next + 3] = 0;
  return next + 4;
}

/**
 * Walks the complete frames of a server's bytes and calls back with each payload's range. Returns the offset of the first
 * incomplete frame. Throws on masked, fragmented or reserved frames: a server must not mask, and none of ours fragments.
 */
export function walkFrames(
  bytes: Buffer,
  end: number,
  frame: (opcode: number, from: number, to: number) => void,
): number {
  let at = 0;
  while (end - at >= 2) {
    const first = bytes[at] as number;
    let length = bytes[at + 1] as number;
    let from = at + 2;
    if ((first & 0xf0) !== 0x80 || (first & 0x0f) === opcodes.continuation || length > 127) {
      throw new Error(`unexpected frame head ${first.toString(16)} ${length.toString(16)}`);
    }
    if (length === 126) {
      if (end - at < 4) return at;
      length = bytes.readUInt16BE(at + 2);
      from = at + 4;
    } else if (length === 127) {
      if (end - at < 10) return at;
      length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
      from = at + 10;
    }
    if (end - from < length) return at;
    frame(first & 0x0f, from, from + length);
    at = from + length;
  }
  return at;
}
