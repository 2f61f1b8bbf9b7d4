import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { streamHead, xmlCases, type XmlCase } from "./cases.ts";
import { serialize, textOf, type Element } from "./element.ts";
import { StreamFault } from "./fault.ts";
import { ParserPool, readElement, xmlLimits, XmlReader } from "./reader.ts";

const limits = { ...xmlLimits, stanzaBytesMax: 65_536 };

interface Heard {
  readonly stanzas: string[];
  readonly fault: string | undefined;
}

/** What a reader hears of these pieces. Anything but a StreamFault is an error of ours. */
function hear(pieces: readonly Uint8Array[]): Heard {
  const stanzas: string[] = [];
  const reader = new XmlReader(
    {
      opened: () => undefined,
      stanza: (stanza: Element) => stanzas.push(serialize(stanza, "jabber:client")),
      closed: () => undefined,
    },
    limits,
  );
  try {
    for (const piece of pieces) reader.write(piece);
  } catch (error) {
    if (!(error instanceof StreamFault)) throw error;
    return { stanzas, fault: error.condition };
  }
  return { stanzas, fault: undefined };
}

const bytesOf = ({ wire }: XmlCase) => (typeof wire === "string" ? Buffer.from(wire) : wire);
const expectedOf = ({ stanzas, fault }: XmlCase): Heard => ({ stanzas: [...stanzas], fault });

describe("the XML of a stream", () => {
  test.each(xmlCases.map((each) => [each.name, each] as const))("%s", (_, each) => {
    expect(hear([bytesOf(each)])).toEqual(expectedOf(each));
  });

  test("means the same in whatever pieces it comes", () => {
    const short = xmlCases.filter((each) => each.wire.length < 5_000);
    for (const each of short) {
      const bytes = bytesOf(each);
      expect(hear(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expectedOf(each));
    }
    const cut = fc.record({
      each: fc.constantFrom(...short),
      cuts: fc.array(fc.nat(2_000), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(cut, ({ each, cuts }) => {
        const bytes = bytesOf(each);
        const at = [
          0,
          ...cuts.map((where) => where % (bytes.length + 1)).toSorted((a, b) => a - b),
        ];
        const pieces = at.map((start, index) => bytes.subarray(start, at[index + 1]));
        expect(hear(pieces)).toEqual(expectedOf(each));
      }),
    );
  });

  test("whatever is done to it, is heard or refused by name", () => {
    const wires = xmlCases.map(bytesOf).filter(({ length }) => length < 5_000);
    const damage = fc.record({
      wire: fc.constantFrom(...wires),
      at: fc.nat(5_000),
      remove: fc.nat(8),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc
          .constantFrom(
            "<",
            ">",
            "&",
            "]]>",
            "<!",
            "<?",
            "</",
            '"',
            "<![CDATA[",
            "&#x0;",
            "xmlns:a='b'",
          )
          .map((text) => Buffer.from(text)),
      ),
    });
    fc.assert(
      fc.property(damage, ({ wire, at, remove, insert }) => {
        const where = at % (wire.length + 1);
        const broken = Buffer.concat([
          wire.subarray(0, where),
          insert,
          wire.subarray(where + remove),
        ]);
        const whole = hear([broken]);
        // Of two faults the pieces may show the other first.
        const cut = hear([broken.subarray(0, where), broken.subarray(where)]);
        expect(cut.fault === undefined).toBe(whole.fault === undefined);
        if (whole.fault === undefined) expect(cut.stanzas).toEqual(whole.stanzas);
      }),
      { numRuns: 2_000 },
    );
  });

  test("goes on after rests, inside the same root", () => {
    const heard: string[] = [];
    const reader = new XmlReader(
      {
        opened: () => undefined,
        stanza: (stanza) => heard.push(serialize(stanza, "jabber:client")),
        closed: () => heard.push("closed"),
      },
      limits,
    );
    for (const piece of [
      streamHead,
      "<a/>",
      " ",
      "\n",
      "<stream:b/>",
      "<c",
      "/>",
      "</stream:stream>",
    ])
      reader.write(Buffer.from(piece));
    expect(heard).toEqual([
      "<a/>",
      '<b xmlns="http://etherx.jabber.org/streams"/>',
      "<c/>",
      "closed",
    ]);
  });

  test("hears nothing more once it was told to stop, not even of the same bytes", () => {
    const heard: string[] = [];
    const reader: XmlReader = new XmlReader(
      {
        opened: () => undefined,
        stanza: ({ name }) => {
          heard.push(name);
          if (name === "starttls") reader.stop();
        },
        closed: () => undefined,
      },
      limits,
    );
    reader.write(Buffer.from(`${streamHead}<starttls/><injected/>&broken <!-- x -->`));
    expect(heard).toEqual(["starttls"]);
  });
});

describe("a frame", () => {
  const fault = (text: string) => {
    try {
      readElement(text, limits);
    } catch (error) {
      if (error instanceof StreamFault) return error.condition;
      throw error;
    }
    return undefined;
  };

  test("is one whole element", () => {
    const open = '<open xmlns="urn:x" to="y"/>';
    expect(serialize(readElement(open, limits), "")).toBe(open);
    expect(fault("<a/><b/>")).toBe("bad-format");
    expect(fault("<a>")).toBe("not-well-formed");
    expect(fault("")).toBe("not-well-formed");
    expect(fault("</frame><frame>")).toBe("not-well-formed");
    expect(fault("<a/></frame><frame><b/>")).toBe("not-well-formed");
    expect(fault("<a>\ud800</a>")).toBe("not-well-formed");
    expect(fault("<!DOCTYPE a><a/>")).toBe("restricted-xml");
    expect(fault(`<a>${"x".repeat(90_000)}</a>`)).toBe("policy-violation");
  });
});

describe("what is written", () => {
  test("is read back as it was, and never breaks a stream", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(text, text, (value, inside) => {
        const element = { name: "m", ns: "jabber:client", attrs: { a: value }, children: [inside] };
        const heard: Element[] = [];
        const reader = new XmlReader(
          {
            opened: () => undefined,
            stanza: (stanza) => heard.push(stanza),
            closed: () => undefined,
          },
          limits,
        );
        reader.write(Buffer.from(streamHead + serialize(element, "jabber:client")));
        const carried = (raw: string) =>
          // oxlint-disable-next-line no-control-regex -- what XML cannot carry
          raw.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
        expect(heard[0]?.attrs["a"]).toBe(carried(value));
        expect(textOf(heard[0])).toBe(carried(inside));
      }),
    );
  });
});

describe("a pool", () => {
  test("lets many streams share parsers and beginnings, each with what it says itself", () => {
    const pool = new ParserPool();
    const hears = (pieces: readonly string[]) => {
      const heard: string[] = [];
      const reader = new XmlReader(
        {
          opened: ({ name, attrs }) => heard.push(`${name} to ${attrs["to"]}`),
          stanza: (stanza) => heard.push(serialize(stanza, "jabber:client")),
          closed: () => heard.push("closed"),
        },
        limits,
        pool,
      );
      for (const piece of pieces) reader.write(Buffer.from(piece));
      return heard;
    };
    const tail = ["<a/>", "<b>", "</b><c", "/>", "</stream:stream>"];
    const expected = ["stream to example.org", "<a/>", "<b/>", "<c/>", "closed"];
    for (let time = 0; time < 3; time++) {
      expect(hears([streamHead, ...tail])).toEqual(expected);
      expect(hears([streamHead + tail.join("")])).toEqual(expected);
      expect(hears([...Array.from(streamHead), ...tail])).toEqual(expected);
    }
    // A beginning whose first `>` is not its end is read anew each time.
    const odd = streamHead.replace('to="example.org"', 'to="a>b"');
    for (let time = 0; time < 2; time++) {
      expect(hears([odd, "<a/>"])).toEqual(["stream to a>b", "<a/>"]);
      expect(hears([odd.replace("a>b", "a>c"), "<a/>"])).toEqual(["stream to a>c", "<a/>"]);
    }
  });

  test("does not carry a fault from one stream into another", () => {
    const pool = new ParserPool();
    const faults = (text: string) => {
      const events = { opened: () => undefined, stanza: () => undefined, closed: () => undefined };
      try {
        new XmlReader(events, limits, pool).write(Buffer.from(streamHead + text));
      } catch (error) {
        return error instanceof StreamFault ? error.condition : error;
      }
      return undefined;
    };
    expect(faults("<a/>")).toBeUndefined();
    expect(faults("<a><!-- x --></a>")).toBe("restricted-xml");
    expect(faults("<a><b/>")).toBeUndefined();
    expect(faults("<a/>")).toBeUndefined();
    expect(faults("</a>")).toBe("not-well-formed");
    expect(faults("<a>text</a><b/>")).toBeUndefined();
  });
});
