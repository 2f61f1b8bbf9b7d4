import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ids } from "../load/ids.ts";
import { xmppDomain, xmppRooms, xmppWire } from "../wire/xmpp.ts";
import { startRivalServer } from "./rival-server.ts";
import type { Target } from "./target.ts";

const seed = 7;

/**
 * Debian's XMPP server as it comes, with stream management and its archives (XEP-0313) on, of users and of rooms; anybody may sign in, and nothing is encrypted. It keeps the
 * archives in files that it does not sync. Rejects if it is not installed.
 */
export function startProsody(dataParent: string | undefined): Promise<Target> {
  return startRivalServer(
    {
      name: "prosody",
      kind: "server",
      programFolder: "/usr/bin",
      configure,
      readyMsMax: 10_000,
      durability: "none: the archive's files are not synced",
      wire: (cast) => xmppWire(cast, new Ids(seed)),
      token: "anything",
    },
    dataParent,
  );
}

function configure(folder: string, port: number): string[] {
  const file = join(folder, "prosody.cfg.lua");
  writeFileSync(file, settings(folder, port));
  return ["--config", file, "-F"];
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
Component "${xmppRooms}" "muc"
  modules_enabled = { "muc_mam" }
  muc_log_by_default = true
  muc_room_locking = false
`;
}
