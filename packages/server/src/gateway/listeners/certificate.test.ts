import { afterAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../config/error.ts";
import { readCertificate } from "./certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "godwit-certificate-"));
afterAll(() => rmSync(folder, { recursive: true }));

function refusal(certFile: string, keyFile: string): string {
  try {
    readCertificate({ certFile, keyFile });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return "";
}

test("files that cannot be used are refused by the name of the setting", () => {
  const text = join(folder, "text.pem");
  const key = join(folder, "key.pem");
  writeFileSync(text, "not a certificate");
  writeFileSync(
    key,
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }),
  );
  expect(refusal(join(folder, "none.pem"), key)).toMatch(/listen\.tls\.certFile .*ENOENT/);
  expect(refusal(text, join(folder, "none.pem"))).toMatch(/listen\.tls\.keyFile .*ENOENT/);
  expect(refusal(text, key)).toMatch(/listen\.tls .*not in PEM form/);
});
