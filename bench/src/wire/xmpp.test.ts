import { describe, expect, test } from "bun:test";
import { Ids } from "../load/ids.ts";
import { cast, listener } from "./testing.ts";
import type { Wire } from "./wire.ts";
import { xmppWire } from "./xmpp.ts";

/** One connection of this wire, and what it hears and says. */
function connection(wire: Wire, number: number) {
  const said: string[] = [];
  const { heard, ears } = listener(number, (_, frame) => void said.push(frame.toString()));
  wire.hello({ user: number, token: "t" });
  const hear = (text: string) => wire.hear(Buffer.from(text), 0, text.length, ears);
  return { heard, said, hear };
}

const enabled = '<enabled xmlns="urn:xmpp:sm:3" id="s"/>';
const self = `<presence from='r/u3'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>`;
const message = (sender: number, n: number) =>
  `<message from="r/u${sender}" type="groupchat"><body>${`${sender} ${n} `.padEnd(32, "x")}</body></message>`;

describe("the wire of XMPP", () => {
  test("is welcome in a group once it is in the room, with the servers' own names for it", () => {
    for (const [conversation, room] of [
      ["g:0:abc", "g\\3a0\\3aabc@conference.localhost"],
      ["", "load@conference.localhost"],
    ] as const) {
      const wire = xmppWire(cast, new Ids(1));
      wire.about?.(conversation);
      const { heard, said, hear } = connection(wire, 3);
      hear(enabled);
      expect(said[0]).toBe("<presence/>");
      expect(said[1]).toStartWith(`<presence to='${room}/u3'>`);
      hear(`<presence from='${room}/u1'/>`);
      expect(heard).toEqual([]);
      hear(self);
      expect(heard).toEqual(["welcome"]);
      const out = Buffer.alloc(1_000);
      const write = wire.sender({ sender: 3, receiver: -1, conversation }, cast.payloadBytes);
      expect(out.toString("latin1", 0, write(out, 0, 1))).toContain(
        `<message to='${room}' type='groupchat'`,
      );
    }
  });

  test("counts what a room says, except for what it gives back to its sender", () => {
    const wire = xmppWire(cast, new Ids(1));
    wire.about?.("g:0:abc");
    const { heard, said, hear } = connection(wire, 3);
    for (const text of [enabled, self, message(3, 1), message(4, 1), message(4, 2)]) hear(text);
    expect(heard.slice(1)).toEqual([
      ["message", 4, 1, 5],
      ["message", 4, 2, 15],
    ]);
    hear('<r xmlns="urn:xmpp:sm:3"/>');
    expect(said.at(-1)).toContain("h='4'");
    // The two presences come before the first message.
    hear('<a xmlns="urn:xmpp:sm:3" h="3"/>');
    expect(heard.at(-1)).toEqual(["acknowledged", 1, 4]);
    expect(() => hear("<message type='error'/>")).toThrow("refused");
  });

  test("says by whom it was not let into a room", () => {
    const wire = xmppWire(cast, new Ids(1));
    wire.about?.("g:0:abc");
    const { hear } = connection(wire, 3);
    hear(enabled);
    expect(() => hear("<presence from='r' type='error'><error/></presence>")).toThrow(
      "not let into the room",
    );
  });

  test("finds its elements wherever a stream is cut", () => {
    const { carrier } = xmppWire(cast, new Ids(1));
    if (carrier.by !== "stream") throw new Error("XMPP is a stream");
    const stream = Buffer.from(
      `<?xml version='1.0'?><stream:stream a='b'>${enabled}<a/><b><c/></b>`,
    );
    const wanted = [
      "<?xml version='1.0'?>",
      "<stream:stream a='b'>",
      enabled,
      "<a/>",
      "<b><c/></b>",
    ];
    for (let size = 1; size <= stream.length; size++) {
      const found: string[] = [];
      let from = 0;
      for (let to = size; from < stream.length && to < stream.length + size; to += size) {
        // A buffer that ends where the data do.
        const piece = Buffer.from(stream.subarray(from, Math.min(to, stream.length)));
        from += carrier.walk(piece, piece.length, (at, end) =>
          found.push(piece.toString("latin1", at, end)),
        );
      }
      expect(found).toEqual(wanted);
    }
  });
});
