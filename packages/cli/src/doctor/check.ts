import type { Config } from "@godwit/server/config";
import type { MessageKey } from "../i18n/en.ts";
import type { Translate } from "../i18n/translate.ts";

/** What one look found. `fail`: a server would not start or would lose its purpose. `warn`: it works, but not as well as it could. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly text: string;
  /** How to mend it. */
  readonly remedy?: string | undefined;
}

/** What a check may look at. */
export interface Patient {
  readonly t: Translate;
  readonly config: Config;
  /** Where a server of this configuration answers on this machine: an address, which its certificate is hardly for. */
  readonly here: string;
  /** The server that was asked about, by name. */
  readonly named: string | undefined;
}

export type Check = (patient: Patient) => Finding | Promise<Finding>;

type Values = Readonly<Record<string, string | number>>;

/** Makes the findings of one check. A key `k` of a warning or failure has its remedy under `k.remedy`. */
export function findings(check: string, { t }: Patient) {
  const mend =
    (status: "warn" | "fail") =>
    (key: MessageKey, values?: Values): Finding => ({
      check,
      status,
      text: t(key, values),
      remedy: t(`${key}.remedy` as MessageKey, values),
    });
  return {
    ok: (key: MessageKey, values?: Values): Finding => ({
      check,
      status: "ok",
      text: t(key, values),
    }),
    skip: (key: MessageKey, values?: Values): Finding => ({
      check,
      status: "skip",
      text: t(key, values),
    }),
    warn: mend("warn"),
    fail: mend("fail"),
  };
}
