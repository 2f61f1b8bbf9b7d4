/** The wire table of XML streams: what a client may say and what comes of it. Its texts are also the corpus of the fuzz test. */
import type { StreamCondition } from "./fault.ts";

export interface XmlCase {
  readonly name: string;
  readonly wire: string | Uint8Array;
  /** The stanzas that are heard, as they are written again; and the fault, if it ends in one. */
  readonly stanzas: readonly string[];
  readonly fault?: StreamCondition;
}

export const streamHead =
  '<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="example.org" version="1.0">';

const inStream = (text: string) => streamHead + text;

export const xmlCases: readonly XmlCase[] = [
  { name: "a header alone", wire: streamHead, stanzas: [] },
  {
    name: "stanzas, with whitespace between them",
    wire: inStream('<presence/> \n\t<message to="a@b"><body>hi</body></message>'),
    stanzas: ["<presence/>", '<message to="a@b"><body>hi</body></message>'],
  },
  {
    name: "the five entities and characters by number",
    wire: inStream("<m a='&quot;&apos;'>&lt;&amp;&gt;&#x1F600;&#65;</m>"),
    stanzas: ['<m a="&quot;&apos;">&lt;&amp;&gt;😀A</m>'],
  },
  {
    name: "CDATA inside a stanza",
    wire: inStream("<m><body><![CDATA[<b>]]></body></m>"),
    stanzas: ["<m><body>&lt;b&gt;</body></m>"],
  },
  {
    name: "prefixes, which mean their namespaces",
    wire: inStream('<m><x:y xmlns:x="urn:x" x:a="1" b="2" xml:lang="de"/></m>'),
    stanzas: ['<m><y xmlns="urn:x" xmlns:a0="urn:x" a0:a="1" b="2" xml:lang="de"/></m>'],
  },
  { name: "the end of the stream", wire: inStream("<a/></stream:stream>"), stanzas: ["<a/>"] },
  {
    name: "names that objects have already",
    wire: inStream('<m __proto__="1" constructor="2"><__proto__/></m>'),
    stanzas: ['<m __proto__="1" constructor="2"><__proto__/></m>'],
  },
  {
    name: "a comment",
    wire: inStream("<a><!-- hello --></a>"),
    stanzas: [],
    fault: "restricted-xml",
  },
  {
    name: "a comment between stanzas",
    wire: inStream("<a/><!-- hello -->"),
    stanzas: ["<a/>"],
    fault: "restricted-xml",
  },
  {
    name: "a processing instruction",
    wire: inStream("<a><?php echo 1 ?></a>"),
    stanzas: [],
    fault: "restricted-xml",
  },
  {
    name: "a document type with entities that grow (the billion laughs)",
    wire: '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><stream:stream/>',
    stanzas: [],
    fault: "restricted-xml",
  },
  {
    name: "a document type from elsewhere",
    wire: '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    stanzas: [],
    fault: "restricted-xml",
  },
  {
    name: "an entity that is not declared",
    wire: inStream("<m>&xxe;</m>"),
    stanzas: [],
    fault: "restricted-xml",
  },
  {
    name: "a prefix that is not bound",
    wire: inStream("<m><x:y/></m>"),
    stanzas: [],
    fault: "bad-namespace-prefix",
  },
  {
    name: "a prefix of an attribute that is not bound",
    wire: inStream('<m x:y="1"/>'),
    stanzas: [],
    fault: "bad-namespace-prefix",
  },
  {
    name: "another encoding",
    wire: '<?xml version="1.0" encoding="utf-16"?><stream:stream/>',
    stanzas: [],
    fault: "unsupported-encoding",
  },
  {
    name: "bytes that are not UTF-8",
    wire: Buffer.concat([Buffer.from(inStream("<m>")), Buffer.of(0xff, 0xfe), Buffer.from("</m>")]),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "an overlong form of UTF-8",
    wire: Buffer.concat([Buffer.from(inStream("<m>")), Buffer.of(0xc0, 0xaf), Buffer.from("</m>")]),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "a surrogate in UTF-8",
    wire: Buffer.concat([Buffer.from(inStream("<m>")), Buffer.of(0xed, 0xa0, 0x80)]),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "a control character",
    wire: inStream("<m>\u0001</m>"),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "a control character by number",
    wire: inStream("<m>&#1;</m>"),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "an attribute twice",
    wire: inStream('<m a="1" a="2"/>'),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "an attribute without quotes",
    wire: inStream("<m a=1/>"),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "ends in the wrong order",
    wire: inStream("<a><b></a></b>"),
    stanzas: [],
    fault: "not-well-formed",
  },
  {
    name: "a second root",
    wire: inStream("</stream:stream><again/>"),
    stanzas: [],
    fault: "not-well-formed",
  },
  { name: "no XML at all", wire: "GET / HTTP/1.1\r\n\r\n", stanzas: [], fault: "not-well-formed" },
  { name: "text between stanzas", wire: inStream("hello<a/>"), stanzas: [], fault: "bad-format" },
  {
    name: "elements too deep",
    wire: inStream("<a>".repeat(40)),
    stanzas: [],
    fault: "policy-violation",
  },
  {
    name: "too many attributes",
    wire: inStream(`<a ${Array.from({ length: 40 }, (_, at) => `a${at}="x"`).join(" ")}/>`),
    stanzas: [],
    fault: "policy-violation",
  },
  {
    name: "too many elements",
    wire: inStream(`<a>${"<b/>".repeat(1_100)}</a>`),
    stanzas: [],
    fault: "policy-violation",
  },
  {
    name: "a stanza that never ends",
    wire: inStream(`<a>${"x".repeat(90_000)}`),
    stanzas: [],
    fault: "policy-violation",
  },
  {
    name: "an attribute that never ends",
    wire: inStream(`<a b="${"x".repeat(90_000)}`),
    stanzas: [],
    fault: "policy-violation",
  },
  {
    name: "a name that never ends",
    wire: inStream(`<${"a".repeat(90_000)}`),
    stanzas: [],
    fault: "policy-violation",
  },
];
