/**
 * The floor's frames: fixed, little-endian, just enough to acknowledge, deliver and verify.
 * hello   [1][u32 user]                                      → welcome [1]
 * send    [2][u32 n][u32 receiver][u32 0][payload]           → ack     [2][u32 n][u32 seq]
 * deliver [3][u32 n][u32 sender][u32 seq][payload]
 * In a group the receiver is `everyone`.
 */
export const floorFrame = {
  hello: 1,
  send: 2,
  deliver: 3,
  headBytes: 13,
  ackBytes: 9,
  everyone: 0xffff_ffff,
} as const;
