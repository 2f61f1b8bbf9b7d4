import { expect } from "bun:test";
import { limits, type CommandName, type Result } from "@godwit/protocol";
import { commands } from "@godwit/protocol/schemas";
import { Value } from "typebox/value";
import { World } from "./test-world.ts";

/** Every answer must be one that the wire contract knows, and fit into a frame. */
export function onWire<C extends CommandName>(command: C, result: Result<C>): Result<C> {
  const errors = Value.Errors(commands[command].result, result);
  expect(errors).toEqual([]);
  const frame = JSON.stringify({ type: command, id: Number.MAX_SAFE_INTEGER, ...result });
  expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(limits.frameBytesMax);
  return result;
}

export const seqs = (messages: readonly { readonly seq: number }[]) =>
  messages.map(({ seq }) => seq);

/** A direct conversation in which alice has said so many things. */
export async function talk(count: number): Promise<{ world: World; id: string }> {
  const world = await World.open();
  await world.conversations.openDirect("d:alice:bob");
  for (let seq = 1; seq <= count; seq += 1)
    await world.say("d:alice:bob", "alice", `message ${seq}`);
  return { world, id: "d:alice:bob" };
}
