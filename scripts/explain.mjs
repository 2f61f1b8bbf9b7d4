import { words } from "./words.mjs";

/** Known causes of a failed set-up, by the advice for each. The first whose pattern occurs is the answer. */
const causes = [
  {
    pattern:
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/,
    advice: "network",
  },
  { pattern: /\b(EACCES|EPERM|EROFS)\b/, advice: "permission" },
  { pattern: /\bENOSPC\b/, advice: "space" },
  { pattern: /\b(EUSAGE|EINTEGRITY)\b/, advice: "mismatch" },
  { pattern: /\b(ENOENT|ENOEXEC)\b/, advice: "missing" },
];

/**
 * The message for a failed step: the advice for its cause, and below it what the failed program said.
 * @param {string | undefined} code the error code, where there is one
 * @param {string} output what the program printed
 * @param {string} root the folder of the repository
 * @param {Record<string, string | undefined>} [env] tells the language
 */
export function explain(code, output, root, env) {
  const cause =
    causes.find(({ pattern }) => pattern.test(code ?? output)) ??
    causes.find(({ pattern }) => pattern.test(output));
  const tail = output
    .split("\n")
    .filter((line) => !noise.test(line))
    .slice(0, outputLinesMax)
    .join("\n");
  const say = words(env);
  return cause === undefined ? `${say.failed()}\n${tail}` : `${say[cause.advice](root)}\n\n${tail}`;
}

const outputLinesMax = 20;
/** Lines of npm's that help nobody here: empty ones, stack frames, the place of its log. */
const noise = /^(npm (error|ERR!)\s*)?$|^npm (error|ERR!) +at |A complete log of this run/;
