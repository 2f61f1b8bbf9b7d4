/** `npm run dev [-- flags]`: the server, started anew whenever a source file of it changes. */
import { join } from "node:path";
import { foreground } from "./child.mjs";
import { bun, main, root } from "./setup.mjs";

await main((args) =>
  foreground(bun, [
    "--no-orphans",
    "--watch",
    "--no-clear-screen",
    join(root, "packages/cli/src/main.ts"),
    "serve",
    ...args,
  ]),
);
