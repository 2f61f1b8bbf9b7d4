/** `npm run bench [-- direct|group|idle|churn|burst …]`: `godwit bench` after the set-up. */
import { join } from "node:path";
import { foreground } from "./child.mjs";
import { bun, main, root } from "./setup.mjs";

await main((args) => foreground(bun, [join(root, "packages/cli/src/main.ts"), "bench", ...args]));
