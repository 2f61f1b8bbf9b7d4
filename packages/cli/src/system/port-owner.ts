import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The process that listens on a TCP port, as far as this user may see it. Linux only (`/proc`); undefined elsewhere. */
export function portOwner(
  port: number,
): { readonly pid: number; readonly command: string } | undefined {
  const inodes = new Set(
    ["tcp", "tcp6"].flatMap((table) => listeningInodes(`/proc/net/${table}`, port)),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(
        attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "",
      )?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
      return { pid: Number(pid), command: command.replaceAll("\0", " ").trim().slice(0, 120) };
    }
  }
  return undefined;
}

/** Socket inodes in state LISTEN (0A) on that local port; columns as in proc_net_tcp(5). */
function listeningInodes(table: string, port: number): string[] {
  const lines =
    attempt(() => readFileSync(table, "utf8"))
      ?.split("\n")
      .slice(1) ?? [];
  return lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const listens =
      columns[3] === "0A" && Number.parseInt(columns[1]?.split(":")[1] ?? "", 16) === port;
    return listens && columns[9] !== undefined ? [columns[9]] : [];
  });
}

const list = (folder: string): string[] => attempt(() => readdirSync(folder)) ?? [];

/** Processes end while they are being listed, and those of other users are closed to us: neither is an error here. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
