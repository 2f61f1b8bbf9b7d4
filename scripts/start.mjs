/** `npm start [-- --port N --data DIR …]`: sets up what is missing, then runs the server in the foreground. */
import { join } from "node:path";
import { foreground } from "./child.mjs";
import { bun, main, root } from "./setup.mjs";

await main((args) =>
  foreground(bun, ["--no-orphans", join(root, "packages/cli/src/main.ts"), "serve", ...args]),
);
