/** What a person sees while a run goes on: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
export interface Voice {
  /** A step of the run begins. */
  step(text: string): void;
  /** The state of the step that is under way. */
  state(text: string): void;
  done(): void;
}

const stateEveryMs = 5_000;

/** Speaks on standard error, so that standard output holds nothing but the result. */
export function consoleVoice(): Voice {
  const live = process.stderr.isTTY;
  let saidMs = Number.NEGATIVE_INFINITY;
  const write = (text: string) => process.stderr.write(text);
  return {
    step(text) {
      write(live ? `\r\u001b[K· ${text}\n` : `· ${text}\n`);
      saidMs = performance.now();
    },
    state(text) {
      if (live) write(`\r\u001b[K  ${text}`);
      else if (performance.now() - saidMs >= stateEveryMs) {
        write(`  ${text}\n`);
        saidMs = performance.now();
      }
    },
    done() {
      if (live) write("\r\u001b[K");
    },
  };
}

/** `12 345.6` style figures for tables: grouped thousands, few digits. */
export function figure(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
