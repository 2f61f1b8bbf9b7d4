import { createHash, randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import type { Context } from "../context.ts";
import type { ChatOptions } from "./options.ts";

/**
 * The same device for the same terminal, so that coming back does not make a new one each time; two terminals are two devices.
 * What is piped has no terminal and is a device of its own.
 */
export function deviceId(user: string): string {
  let terminal: string = randomUUID();
  try {
    if (process.stdin.isTTY) terminal = readlinkSync("/proc/self/fd/0");
  } catch {
    // Not Linux: a device of its own each time.
  }
  return `terminal-${createHash("sha256").update(`${hostname()} ${terminal} ${user}`).digest("hex").slice(0, 12)}`;
}

/**
 * Where messages wait that could not be sent before the chat was left, by the XDG base directory specification; undefined for a device that
 * does not come back.
 */
export function outboxFile(
  { env }: Context,
  url: string,
  user: string,
  options: ChatOptions,
): string | undefined {
  if (user === "" || (options.device === undefined && !process.stdin.isTTY)) return undefined;
  const device = options.device ?? deviceId(user);
  const state = env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  const name = createHash("sha256").update(`${url} ${user} ${device}`).digest("hex").slice(0, 16);
  return join(state, "godwit", "chat", `${name}.jsonl`);
}
