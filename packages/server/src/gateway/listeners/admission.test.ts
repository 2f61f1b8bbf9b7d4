import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Admission, originAllowed } from "./admission.ts";

describe("Admission", () => {
  test("never admits more than its bounds, and forgets nobody who left", () => {
    const addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1"];
    const step = fc.record({ enter: fc.boolean(), who: fc.nat(addresses.length - 1) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const admission = new Admission({ connectionsMax: 5, connectionsPerAddressMax: 3 });
        const inside: string[] = [];
        for (const { enter, who } of steps) {
          const address = addresses[who] as string;
          const own = inside.filter((each) => each === address).length;
          if (enter) {
            const room = inside.length < 5 && own < 3;
            expect(admission.enter(address)).toBe(room);
            if (room) inside.push(address);
          } else if (own > 0) {
            admission.left(address);
            inside.splice(inside.indexOf(address), 1);
          }
        }
      }),
    );
  });
});

describe("Admission by address", () => {
  test("counts the /64 of an IPv6 client, and an IPv4 address in either spelling, as one", () => {
    const admission = new Admission({ connectionsMax: 10, connectionsPerAddressMax: 1 });
    expect(admission.enter("2001:db8:0:1::1")).toBe(true);
    expect(admission.enter("2001:db8:0:1:ffff::2")).toBe(false);
    expect(admission.enter("2001:db8:0:2::1")).toBe(true);
    expect(admission.enter("192.0.2.1")).toBe(true);
    expect(admission.enter("::ffff:192.0.2.1")).toBe(false);
    admission.left("2001:db8:0:1:ffff::2");
    expect(admission.enter("2001:db8:0:1::1")).toBe(true);
  });
});

describe("originAllowed", () => {
  const own = "chat.example:8080";
  test.each([
    ["a program, which sends no origin", null, [], true],
    ["the server's own page", "https://chat.example:8080", [], true],
    ["another page", "https://evil.example", [], false],
    ["the same host on another port", "https://chat.example", [], false],
    ["a listed page", "https://app.example", ["https://app.example"], true],
    [
      "a page whose name only begins like a listed one",
      "https://app.example.evil",
      ["https://app.example"],
      false,
    ],
    ["any page, where all are welcome", "https://evil.example", ["*"], true],
    ["an opaque origin", "null", [], false],
    ["no URL at all", "%%%", [], false],
  ])("%s", (_name, origin, allowed, expected) => {
    expect(originAllowed(origin, own, allowed)).toBe(expected);
  });

  test("without a host nothing is its own page", () => {
    expect(originAllowed("https://chat.example", null, [])).toBe(false);
  });
});
