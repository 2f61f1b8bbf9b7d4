/** Lines shown of a failure. */
const linesMax = 40;

/** Counts what a part of CI tried, and prints what went wrong. */
export function createTally() {
  let passed = 0;
  let failed = 0;
  return {
    /**
     * Runs one check; a rejection is its failure.
     * @param {string} name what holds if it passes
     * @param {() => unknown} check
     */
    async check(name, check) {
      const startedAt = Date.now();
      try {
        await check();
        passed += 1;
        console.log(`ok    ${name} (${Date.now() - startedAt} ms)`);
      } catch (error) {
        failed += 1;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        console.log(`FAIL  ${name}\n${text.split("\n").slice(0, linesMax).join("\n")}`);
      }
    },
    get failed() {
      return failed;
    },
    /** The closing line, and the exit code with it. */
    close() {
      console.log(`${passed} passed, ${failed} failed`);
      process.exit(failed === 0 ? 0 : 1);
    },
  };
}
