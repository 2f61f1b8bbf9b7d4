/** Bounds of binary TCP, the same at both ends. Units are last in the names. */
import { limits } from "../limits.ts";

export const tcpLimits = {
  /** Payload of one frame, compressed or not. */
  frameBytesMax: limits.frameBytesMax,
  /** Payload of one frame of channel 0. */
  controlBytesMax: 4_096,
  /** Highest number of a channel; numbers are not used twice on a connection. */
  channelMax: 2 ** 28 - 1,
  /** What a frame takes from the credit of its channel at least: it costs more than its bytes. */
  frameCostMin: 64,
  /** Credit of a channel until the other side has said how much it gives; nobody may give less. */
  windowBytesMin: 65_536,
  windowBytesMax: 2 ** 28 - 1,
  /** Reason of a close, in UTF-8, as for a WebSocket. */
  reasonBytesMax: 123,
} as const;

/** What a frame takes from the credit of its channel. */
export function costOf(payloadBytes: number): number {
  return Math.max(payloadBytes, tcpLimits.frameCostMin);
}
