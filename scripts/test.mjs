/** `npm test [-- patterns and flags of bun test]`: the whole test suite, in as many processes as there are cores. */
import { availableParallelism } from "node:os";
import { foreground } from "./child.mjs";
import { bun, main, root } from "./setup.mjs";

/** More processes than this make tests that measure time wait for each other. */
const processesMax = 8;
/** A test that never returns would keep the run going for ever: Bun's own limit needs it to return now and then. */
const endAfterMs = 600_000;

await main((args) => {
  const processes = Math.min(processesMax, Math.max(2, availableParallelism()));
  const parallel = args.some((arg) => arg.startsWith("--parallel") || arg === "--no-parallel")
    ? []
    : [`--parallel=${processes}`];
  return foreground(
    bun,
    ["--no-orphans", "test", ...parallel, ...args.filter((arg) => arg !== "--no-parallel")],
    {
      cwd: root,
      endAfterMs,
    },
  );
});
