import { words } from "./words.mjs";

/** A failure of the set-up whose message is written for the person who typed the command. */
export class SetupError extends Error {}

/** A terminal sees the seconds count up in one line; a log file gets a line every this many seconds. */
const logEverySeconds = 15;

/**
 * Runs `work` and says on standard error what is going on if it takes longer than a moment.
 * @param {string} label what is being done, without a full stop
 * @param {() => Promise<void>} work
 */
export async function step(label, work) {
  const out = process.stderr;
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  let shown = 0;
  const show = () => {
    if (out.isTTY) out.write(`\r\u001B[2K${label} … ${seconds()} s`);
    else if (shown === 0) out.write(`${label} …\n`);
    else if (shown % logEverySeconds === 0) out.write(`${label} … ${seconds()} s\n`);
    shown += 1;
  };
  const first = setTimeout(show, 250);
  const ticker = setInterval(show, 1000);
  try {
    await work();
  } catch (error) {
    if (out.isTTY && shown > 0) out.write("\n");
    throw error;
  } finally {
    clearTimeout(first);
    clearInterval(ticker);
  }
  if (shown === 0) return;
  if (out.isTTY) out.write(`\r\u001B[2K${label} … ${words().done(seconds())}\n`);
  else out.write(`${label} … ${words().done(seconds())}\n`);
}
