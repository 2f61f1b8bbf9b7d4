import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  conversationOfLocal,
  deviceOfResource,
  isDeviceId,
  localOfRoom,
  localOfUser,
  parseJid,
  userOfLocal,
} from "./jid.ts";

describe("addresses", () => {
  test.each([
    ["a@b", { local: "a", domain: "b", resource: undefined }],
    ["A@B/C", { local: "a", domain: "b", resource: "C" }],
    ["b", { local: undefined, domain: "b", resource: undefined }],
    ["a@b.example./x/y@z", { local: "a", domain: "b.example", resource: "x/y@z" }],
    ["a@[::1]", { local: "a", domain: "[::1]", resource: undefined }],
    ["ä@münchen.example", { local: "ä", domain: "münchen.example", resource: undefined }],
  ])("%s is one", (text, jid) => {
    expect(parseJid(text)).toEqual(jid);
  });

  test.each([
    "",
    "@b",
    "a@",
    "a@b/",
    "a b@c",
    "a@b c",
    "a@b@c",
    "<a>@b",
    `${"a".repeat(1_100)}@b`,
    "a@b/\u0000",
    "a@-",
  ])("%p is none", (text) => {
    expect(parseJid(text)).toBeUndefined();
  });

  test("hold every user and every group, and give them back", () => {
    const first = fc.constantFrom(...Array.from("abzABZ019"));
    const rest = fc.string({
      unit: fc.constantFrom(...Array.from("abzABZ019._@|=-")),
      maxLength: 63,
    });
    fc.assert(
      fc.property(first, rest, (begin, end) => {
        const user = begin + end;
        const jid = parseJid(`${localOfUser(user)}@example.org`);
        expect(userOfLocal(jid?.local ?? "")).toBe(user);
      }),
    );
    const room = "g:0:abcdefghij";
    expect(parseJid(`${localOfRoom(room)}@conference.example.org`)?.local).toBe(
      "g\\3a0\\3aabcdefghij",
    );
    expect(conversationOfLocal(localOfRoom(room))).toBe(room);
    expect(conversationOfLocal("lunch")).toBeUndefined();
    expect(conversationOfLocal("d\\3aa\\3ab")).toBeUndefined();
  });

  test("name devices, with what a device's name cannot hold left out", () => {
    expect(deviceOfResource("Gajim.AB12")).toBe("Gajim.AB12");
    expect(deviceOfResource("my phone/2")).toBe("my-phone-2");
    expect(deviceOfResource("手机")).toBeUndefined();
    expect(isDeviceId(deviceOfResource("x".repeat(500)) ?? "")).toBe(true);
  });
});

test("a device is a text of its own, which holds nothing of what it came with", () => {
  const heldBytes = () => {
    Bun.gc(true);
    const { heapSize, extraMemorySize } = heapStats();
    return heapSize + extraMemorySize;
  };
  const before = heldBytes();
  const devices = Array.from({ length: 200 }, (_, at) => {
    const stanza = Buffer.from(`a-device-of-some-length-${at} ${"x".repeat(50_000)}`).toString();
    return deviceOfResource(stanza.slice(0, stanza.indexOf(" ")));
  });
  expect(devices[7]).toBe("a-device-of-some-length-7");
  expect(heldBytes() - before).toBeLessThan(2_000_000);
});
