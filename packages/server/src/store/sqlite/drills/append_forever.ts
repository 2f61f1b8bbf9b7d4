/**
 * Appends to the store in a folder until it is killed: `bun append_forever.ts DIR START`. Client ids count up from START. Prints a line for each
 * acknowledged batch: the number of its first message, and the seq of each message in its conversation.
 */
import { writeSync } from "node:fs";
import { text, uuidOf } from "../../suite/samples.ts";
import { openSqliteStore } from "../sqlite.ts";
import { drillConversation, drillSizes } from "./crash_plan.ts";

const store = await openSqliteStore({ dir: process.argv[2] ?? "", sizes: drillSizes });
let next = Number(process.argv[3]);

const lane = async (): Promise<never> => {
  for (;;) {
    const from = next;
    const numbers = Array.from({ length: 1 + (from % 17) }, (_, index) => from + index);
    next += numbers.length;
    const batch = numbers.map((number) =>
      text(drillConversation(number), `user${number % 3}`, {
        clientId: uuidOf(number),
        clientSeq: number,
      }),
    );
    const outcomes = await store.messages.append(batch);
    if (from % 5 === 0)
      await store.messages.advance([
        { conversation: drillConversation(from), user: "user1", read: from % 90, time: 1 },
      ]);
    // Written at once: what is on the pipe when the process dies was acknowledged.
    writeSync(
      1,
      `${from} ${outcomes.map((outcome) => ("seq" in outcome ? outcome.seq : 0)).join(" ")}\n`,
    );
  }
};
await Promise.all([lane(), lane(), lane()]);
