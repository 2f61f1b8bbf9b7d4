import { pino, type Logger } from "pino";

export type Log = Logger;

/** Severities by pino's numbers. */
const names: Record<number, string> = {
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/**
 * Structured logs on standard error, written synchronously so that a crash loses none: one JSON object a line, or, `pretty`, one line to be read by a
 * person.
 */
export function createLog(level: string, format: "json" | "pretty"): Log {
  const options = { level, base: null, serializers: { error: pino.stdSerializers.err } };
  if (format === "json") return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino(options, { write: (line: string) => process.stderr.write(pretty(line)) });
}

function pretty(line: string): string {
  const { level, time, msg, error, ...rest } = JSON.parse(line) as {
    level: number;
    time: number;
    msg?: string;
    error?: { stack?: string };
  };
  const clock = new Date(time).toTimeString().slice(0, 8);
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const stack = error?.stack === undefined ? "" : `\n${error.stack}`;
  return `${clock} ${names[level] ?? level} ${msg ?? ""}${fields.join("")}${stack}\n`;
}
