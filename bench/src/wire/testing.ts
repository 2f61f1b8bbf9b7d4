import type { Ears } from "./wire.ts";

/** Of the loads that the tests of wires pretend. */
export const cast = { prefix: "u", payloadBytes: 32 };

/** Somebody who writes down what a wire tells; `answer` takes what it would send. */
export function listener(
  number: number,
  answer: (heard: unknown[], frame: Buffer) => void,
): { readonly heard: unknown[]; readonly ears: Ears } {
  const heard: unknown[] = [];
  const ears: Ears = {
    number,
    welcome: () => heard.push("welcome"),
    acknowledged: (n, seq) => heard.push(["acknowledged", n, seq]),
    refused: (n, name) => heard.push(["refused", n, name]),
    message: (sender, n, seq) => heard.push(["message", sender, n, seq]),
    other: (frame) => heard.push(["other", frame]),
    answer: (frame) => answer(heard, Buffer.from(frame)),
  };
  return { heard, ears };
}
