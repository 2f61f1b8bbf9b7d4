import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ids } from "../load/ids.ts";
import { xmppDomain, xmppWire } from "../wire/xmpp.ts";
import { DataFolder, freePort, listens, startChild } from "./child.ts";
import type { Target } from "./target.ts";

const readyMsMax = 10_000;
const seed = 7;

/**
 * Debian's XMPP server as it comes, with stream management and its archive (XEP-0313) on; anybody may sign in, and nothing is encrypted. It keeps the archive in files that
 * it does not sync. Rejects if it is not installed.
 */
export async function startProsody(dataParent: string | undefined): Promise<Target> {
  const program = Bun.which("prosody", { PATH: `${process.env["PATH"] ?? ""}:/usr/bin` });
  if (program === null)
    throw new Error("--against prosody needs the server: apt-get install prosody");
  const data = new DataFolder(dataParent);
  const port = freePort();
  const file = join(data.path, "prosody.cfg.lua");
  writeFileSync(file, settings(data.path, port));
  const child = startChild([program, "--config", file, "-F"], {});
  const startMs = performance.now();
  while (!(await listens(port))) {
    if (performance.now() - startMs < readyMsMax) await Bun.sleep(20);
    else {
      await child.stop("SIGKILL");
      data.remove();
      throw new Error(`prosody did not listen: ${child.output()}`);
    }
  }
  return {
    name: "prosody",
    isServer: false,
    endpoint: { hostname: "127.0.0.1", port, path: "" },
    pid: child.pid,
    durability: "none: the archive's files are not synced",
    prefix: "u",
    wire: (cast) => xmppWire(cast, new Ids(seed)),
    token: () => "anything",
    output: () => child.output(),
    async stop() {
      await child.stop();
      data.remove();
    },
  };
}

function settings(dir: string, port: number): string {
  return `
run_as_root = true
pidfile = "${dir}/prosody.pid"
data_path = "${dir}"
log = { error = "*console" }
modules_enabled = { "roster", "saslauth", "disco", "ping", "smacks", "mam", "carbons" }
modules_disabled = { "s2s", "offline", "posix" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "insecure"
insecure_open_authentication = "Yes please, I know what I'm doing!"
VirtualHost "${xmppDomain}"
`;
}
