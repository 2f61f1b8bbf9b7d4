import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readProxyHeader } from "./proxy-header.ts";

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** A header of version 2 with these bytes behind its length. */
function binary(command: number, family: number, body: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([signature, Buffer.of(0x20 | command, family), length, body]);
}

const ipv4 = Buffer.of(192, 0, 2, 1, 198, 51, 100, 1, 15, 160, 7, 91);
const ipv6 = Buffer.concat([
  Buffer.from("20010db8000000000000000000000001", "hex"),
  Buffer.alloc(20),
]);

describe("a PROXY header", () => {
  test.each([
    [
      "version 1 over IPv4",
      Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 4000 1883\r\n"),
      "192.0.2.1",
    ],
    [
      "version 1 over IPv6",
      Buffer.from("PROXY TCP6 2001:db8::1 2001:db8::2 4000 1883\r\n"),
      "2001:db8::1",
    ],
    ["version 1 of the balancer itself", Buffer.from("PROXY UNKNOWN\r\n"), undefined],
    [
      "version 1 of something else",
      Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"),
      undefined,
    ],
    ["version 2 over IPv4", binary(1, 0x11, ipv4), "192.0.2.1"],
    [
      "version 2 over IPv4 with more behind",
      binary(1, 0x11, Buffer.concat([ipv4, Buffer.alloc(40)])),
      "192.0.2.1",
    ],
    ["version 2 over IPv6", binary(1, 0x21, ipv6), "2001:db8:0:0:0:0:0:1"],
    ["version 2 of the balancer itself", binary(0, 0, Buffer.alloc(0)), undefined],
    ["version 2 of a local socket", binary(1, 0x31, Buffer.alloc(216)), undefined],
  ])("%s", (_name, header, address) => {
    const bytes = Buffer.concat([header, Buffer.from("behind it")]);
    expect(readProxyHeader(bytes)).toEqual({ bytes: header.length, address });
    for (let end = 1; end < header.length; end++)
      expect(readProxyHeader(bytes.subarray(0, end))).toBe("partial");
  });

  test.each([
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\n")],
    ["a word that only begins like it", Buffer.from("PROXIES ")],
    ["an address that is none", Buffer.from("PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n")],
    ["an address of the other family", Buffer.from("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n")],
    ["a family that is none", Buffer.from("PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n")],
    ["a line without end", Buffer.from(`PROXY TCP4 ${"1".repeat(200)}`)],
    ["another version", Buffer.concat([signature, Buffer.of(0x11, 0x11, 0, 12), ipv4])],
    ["another command", binary(2, 0x11, ipv4)],
    ["too short for its family", binary(1, 0x11, Buffer.alloc(4))],
    ["a length that nobody needs", Buffer.concat([signature, Buffer.of(0x21, 0x11, 0xff, 0xff)])],
  ])("is refused: %s", (_name, bytes) => {
    expect(readProxyHeader(bytes)).toBe("malformed");
  });

  test("whatever comes is understood, waited for or refused, and never waited for without end", () => {
    const corpus = fc.constantFrom(
      Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 4000 1883\r\n"),
      binary(1, 0x11, ipv4),
      binary(1, 0x21, ipv6),
    );
    const change = fc.record({ at: fc.nat(60), byte: fc.nat(255) });
    fc.assert(
      fc.property(corpus, fc.array(change, { maxLength: 4 }), (bytes, changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, byte } of changes) changed[at % changed.length] = byte;
        const header = readProxyHeader(changed);
        if (typeof header === "object") expect(header.bytes).toBeLessThanOrEqual(changed.length);
        expect(readProxyHeader(Buffer.concat([changed, Buffer.alloc(3_000)]))).not.toBe("partial");
      }),
      { numRuns: 2_000 },
    );
  });
});
