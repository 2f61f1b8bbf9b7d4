import { constants } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { unusable } from "../../config/error.ts";

/** The pair for the listener. Throws a ConfigError if a file cannot be read, or is not what it should be, or the two do not belong together. */
export function readCertificate(files: { certFile: string; keyFile: string }) {
  const read = (path: string, file: string) => {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw unusable(path, error);
    }
  };
  const cert = read("listen.tls.certFile", files.certFile);
  const key = read("listen.tls.keyFile", files.keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw unusable("listen.tls", plainly(error));
  }
  return {
    cert,
    key,
    // TLS 1.3 and nothing older.
    secureOptions:
      constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1 | constants.SSL_OP_NO_TLSv1_2,
  };
}

/** The two mistakes that are made, in words; what else OpenSSL says as it says it. */
function plainly(error: unknown): unknown {
  const text = String(error);
  if (text.includes("NO_START_LINE")) return new Error("certificate or key is not in PEM form");
  if (text.includes("VALUES_MISMATCH")) return new Error("the key does not fit the certificate");
  return error;
}
