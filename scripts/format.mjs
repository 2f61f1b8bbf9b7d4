/** `npm run format [-- paths]`: rewrites the sources in the one format that `npm run check` accepts. */
import { join } from "node:path";
import { foreground } from "./child.mjs";
import { bun, main, root } from "./setup.mjs";

await main(
  (args) => foreground(bun, [join(root, "node_modules/oxfmt/bin/oxfmt"), ...args], { cwd: root }),
  { build: false },
);
