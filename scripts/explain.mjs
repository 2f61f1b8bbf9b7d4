/** Known causes of a failed set-up, and what to do about each. The first whose pattern occurs is the answer. */
const causes = [
  {
    pattern:
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/,
    advice: () =>
      "The package registry cannot be reached. Check the network, and the proxy if you use one (npm config set proxy URL),\n" +
      "then run the same command again.",
  },
  {
    pattern: /\b(EACCES|EPERM|EROFS)\b/,
    advice: (root) =>
      `No permission to write in ${root}\nRun the command as the user who owns that folder, or clone into one that you may write to.`,
  },
  {
    pattern: /\bENOSPC\b/,
    advice: () => "The disk is full. The packages need about 260 MB; free some room and try again.",
  },
  {
    pattern: /\b(EUSAGE|EINTEGRITY)\b/,
    advice: () =>
      "package.json and package-lock.json do not agree. Run `npm install`, and commit the new lock file if you changed a dependency.",
  },
  {
    pattern: /\b(ENOENT|ENOEXEC)\b/,
    advice: () =>
      "A program that the set-up needs is missing. Check that npm is installed, delete the folder node_modules and try again.",
  },
];

/**
 * The message for a failed step: the advice for its cause, and below it what the failed program said.
 * @param {string | undefined} code the error code, where there is one
 * @param {string} output what the program printed
 * @param {string} root the folder of the repository
 */
export function explain(code, output, root) {
  const cause =
    causes.find(({ pattern }) => pattern.test(code ?? output)) ??
    causes.find(({ pattern }) => pattern.test(output));
  const tail = output
    .split("\n")
    .filter((line) => !noise.test(line))
    .slice(0, outputLinesMax)
    .join("\n");
  return cause === undefined ? `The set-up failed:\n${tail}` : `${cause.advice(root)}\n\n${tail}`;
}

const outputLinesMax = 20;
/** Lines of npm's that help nobody here: empty ones, stack frames, the place of its log. */
const noise = /^(npm (error|ERR!)\s*)?$|^npm (error|ERR!) +at |A complete log of this run/;
