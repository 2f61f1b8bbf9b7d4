import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Config } from "@godwit/server/config";
import type { Context } from "../context.ts";

export interface Started {
  readonly version: string;
  readonly config: Config;
  readonly port: number;
  /** Of every listener, by its name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly tookMs: number;
  /** Bots live on it. */
  readonly demo?: boolean;
  readonly firstAdmin?: { readonly user: string; readonly password: string } | undefined;
}

/** The lines that a person wants after starting a server: where it is, where its data is, what to do next. */
export function banner(context: Context, started: Started): string[] {
  const { t, colors } = context;
  const { config, port } = started;
  const scheme = config.listen.tls === undefined ? "http" : "https";
  const local =
    isAny(config.listen.host) || config.listen.host === "127.0.0.1" || config.listen.host === "::1";
  const certified = config.listen.tls && certifiedName(config.listen.tls.certFile);
  const name = certified ?? (local ? "localhost" : bracketed(config.listen.host));
  const url = `${scheme}://${name}:${port}`;
  const chat = `npx godwit chat${port === 8480 && scheme === "http" && local ? "" : ` --url ${url}`}`;
  const stored =
    config.store.engine === "memory"
      ? colors.yellow(t("serve.memory"))
      : `${config.dataDir} ${colors.dim(t("serve.durable"))}`;
  const row = (label: string, value: string) => `  ${colors.green("➜")}  ${label}  ${value}`;
  const addresses = isAny(config.listen.host)
    ? lanAddresses().map((address) =>
        row(t("serve.network"), colors.cyan(`${scheme}://${address}:${port}`)),
      )
    : [];
  // What is spoken by requests to the web's port is no door of its own.
  const doors = Object.entries(started.ports).filter(([, each]) => each !== port);
  const protocols = doors.map(([protocol, each]) => `${protocol} ${colors.cyan(String(each))}`);
  const admin =
    started.firstAdmin === undefined
      ? []
      : [
          "",
          `  ${colors.bold(t("serve.admin"))}  ${started.firstAdmin.user}`,
          `  ${colors.bold(t("serve.password"))}  ${colors.yellow(started.firstAdmin.password)}  ${colors.dim(t("serve.once"))}`,
        ];
  const demo = started.demo === true ? ["", `  ${colors.yellow(t("serve.demo.here"))}`] : [];
  return [
    "",
    `  ${colors.bold(colors.green("Godwit"))} ${started.version}  ${colors.dim(t("serve.ready", { ms: Math.round(started.tookMs) }))}`,
    "",
    row(t("serve.local"), colors.cyan(url)),
    ...addresses,
    ...(protocols.length === 0 ? [] : [row(t("serve.doors"), protocols.join(", "))]),
    row(t("serve.data"), stored),
    ...admin,
    ...demo,
    "",
    `  ${t("serve.next")}`,
    `    ${colors.bold(`${chat} --user alice`)}`,
    `    ${colors.bold(`${chat} --user bob --with alice`)}`,
    "",
    `  ${colors.dim(t("serve.stop"))}`,
    "",
  ];
}

/** The first full name that the certificate is for: under another one clients would refuse it. */
function certifiedName(certFile: string): string | undefined {
  const names = new X509Certificate(readFileSync(certFile)).subjectAltName ?? "";
  return /DNS:([a-z0-9][a-z0-9.-]*)/i.exec(names)?.[1];
}

const isAny = (host: string) => host === "0.0.0.0" || host === "::";
const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** The first few IPv4 addresses by which others on the network reach this machine. */
function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === "IPv4" && !address.internal)
    .map((address) => address.address)
    .slice(0, 2);
}
