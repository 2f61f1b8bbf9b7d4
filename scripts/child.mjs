/**
 * Runs a program in the foreground of this one: same terminal, signals passed on, and its exit code returned.
 */
import { spawn } from "node:child_process";
import { words } from "./words.mjs";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
/** npm passes a signal on that the terminal has sent to the whole group already; the same one again within this time is that echo. */
const echoMs = 500;
/** How soon the death of the parent is noticed. */
const parentCheckMs = 250;

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions & { endAfterMs?: number }} [options] with `endAfterMs`, it is killed when it takes longer
 * @returns {Promise<number>} the exit code, or 128 and the signal's number if a signal ended it
 */
export function foreground(program, args, { endAfterMs, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", ...options });
    const releaseSignals = passSignals(child);
    const late =
      endAfterMs === undefined
        ? undefined
        : setTimeout(() => {
            process.stderr.write(`\n${words().late(endAfterMs / 1000)}\n`);
            child.kill("SIGKILL");
          }, endAfterMs);
    const release = () => {
      clearTimeout(late);
      releaseSignals();
    };
    child.once("error", (error) => {
      release();
      reject(new Error(`${program} cannot be started: ${error.message}`, { cause: error }));
    });
    child.once("close", (code, signal) => {
      release();
      resolve(code ?? 128 + (signalNumbers[signal] ?? 0));
    });
  });
}

function passSignals(child) {
  const sentAt = new Map();
  const pass = (signal) => {
    // From a terminal, Ctrl-C reaches the child by itself.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    const now = Date.now();
    if (now - (sentAt.get(signal) ?? -echoMs) < echoMs) return;
    sentAt.set(signal, now);
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);

  // `kill` on npm ends npm and its shell, and that shell passes nothing on: the new parent is all that one sees of it here.
  const parent = process.ppid;
  const parentCheck = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(parentCheck);
    child.kill("SIGTERM");
  }, parentCheckMs);

  return () => {
    clearInterval(parentCheck);
    for (const signal of signals) process.off(signal, pass);
  };
}
