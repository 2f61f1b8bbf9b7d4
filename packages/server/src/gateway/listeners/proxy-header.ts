/**
 * The header with which a load balancer says for whom it has connected: the PROXY protocol of HAProxy, versions 1 (text) and 2 (binary), as its
 * specification `proxy-protocol.txt` sections 2.1 and 2.2 define them.
 */
import { isIP } from "node:net";

/** Of version 1 with its line end, and more than version 2 has with the addresses of TCP. */
const textBytesMax = 107;
/** Type-length-values that some balancers add behind the addresses; a longer header is refused. */
const binaryBytesMax = 2_048;
const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

export type ProxyHeader =
  /** More bytes are needed. */
  | "partial"
  | "malformed"
  /** `address` is undefined where the balancer speaks for itself, as in its health checks. */
  | { readonly bytes: number; readonly address: string | undefined };

/** Reads the header at the beginning of `data`. */
export function readProxyHeader(data: Buffer): ProxyHeader {
  if (data[0] === 0x50) return readText(data);
  const common = Math.min(data.length, signature.length);
  if (!data.subarray(0, common).equals(signature.subarray(0, common))) return "malformed";
  return data.length < 16 ? "partial" : readBinary(data);
}

function readText(data: Buffer): ProxyHeader {
  const line = data.toString("latin1", 0, Math.min(data.length, textBytesMax));
  const end = line.indexOf("\r\n");
  if (end < 0)
    return data.length < textBytesMax && /^P(R(O(X(Y( .*)?)?)?)?)?$/.test(line.trimEnd())
      ? "partial"
      : "malformed";
  const [word, family, source = ""] = line.slice(0, end).split(" ");
  if (word !== "PROXY") return "malformed";
  const bytes = end + 2;
  if (family === "UNKNOWN") return { bytes, address: undefined };
  const version = family === "TCP4" ? 4 : family === "TCP6" ? 6 : undefined;
  return version !== undefined && isIP(source) === version
    ? { bytes, address: source }
    : "malformed";
}

function readBinary(data: Buffer): ProxyHeader {
  const [version, command] = [(data[12] ?? 0) >> 4, (data[12] ?? 0) & 0x0f];
  const bytes = 16 + data.readUInt16BE(14);
  if (version !== 2 || command > 1 || bytes > binaryBytesMax) return "malformed";
  if (data.length < bytes) return "partial";
  const family = (data[13] ?? 0) >> 4;
  const addresses = data.subarray(16, bytes);
  if (command === 1 && family === 1 && addresses.length >= 12)
    return { bytes, address: addresses.subarray(0, 4).join(".") };
  if (command === 1 && family === 2 && addresses.length >= 36)
    return { bytes, address: ipv6(addresses.subarray(0, 16)) };
  return command === 1 && (family === 1 || family === 2)
    ? "malformed"
    : { bytes, address: undefined };
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  return groups.join(":");
}
