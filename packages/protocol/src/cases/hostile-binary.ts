import { limits } from "../limits.ts";
import { wireTypes, WireWriter } from "../wire-bytes.ts";
import { frameNumbers } from "../wire-types.ts";
import type { HostileCase, Outcome } from "./hostile.ts";
import { direct, nested, send, utf8, uuid } from "./samples.ts";

/** Bytes that are broken, malicious or merely odd. */
export function hostileBinary(): HostileCase[] {
  const binary = (
    name: string,
    data: string | Uint8Array,
    outcome: Outcome,
    field?: string,
  ): HostileCase => ({
    name: `binary: ${name}`,
    codec: "binary",
    data,
    outcome,
    ...(field === undefined ? {} : { field }),
  });
  const { bytes: delimited, varint } = wireTypes;
  // Field numbers as godwit.proto gives them.
  const ping = 18;
  const received = 19;
  const sendNumber = 23;
  const sendBody = concat(
    field(1, delimited, utf8(direct)),
    field(2, delimited, utf8(uuid)),
    field(3, varint, [1]),
    field(4, varint, [1]),
    field(5, delimited, utf8('{"text":"hello"}')),
  );
  const sendFrame = (...extra: Uint8Array[]) =>
    field(sendNumber, delimited, concat(sendBody, ...extra));
  const nines = Array<number>(9).fill(0xff);
  return [
    binary("text", JSON.stringify(send), "bad_frame"),
    binary("nothing", new Uint8Array(0), "bad_frame"),
    binary("only an id", field(frameNumbers.id, varint, [1]), "bad_frame"),
    binary("zeros", new Uint8Array(64), "bad_frame"),
    binary("ones", new Uint8Array(64).fill(0xff), "bad_frame"),
    binary("JSON in a binary frame", utf8('{"type":"ping"}'), "bad_frame"),
    binary("a frame beyond the limit", new Uint8Array(limits.frameBytesMax + 1), "frame_too_large"),
    binary("a tag that does not end", Uint8Array.of(0x80), "bad_frame"),
    binary(
      "a varint of eleven bytes",
      concat(tag(frameNumbers.id, varint), [...nines, 0xff, 0x01]),
      "bad_frame",
    ),
    binary(
      "an id beyond 2^53 - 1",
      concat(tag(frameNumbers.id, varint), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
      "bad_frame",
    ),
    binary(
      "an id of minus one",
      concat(tag(frameNumbers.id, varint), [...nines, 0x01]),
      "bad_frame",
    ),
    binary(
      "an id of ten bytes that is one",
      concat(
        tag(frameNumbers.id, varint),
        [0x81, ...Array<number>(8).fill(0x80), 0x00],
        field(ping, delimited, []),
      ),
      "accepted",
    ),
    binary("a length beyond the frame", concat(tag(ping, delimited), [0x05, 0x08]), "bad_frame"),
    binary(
      "a length of 2^53 - 1",
      concat(tag(ping, delimited), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      "bad_frame",
    ),
    binary(
      "an inner length beyond its message",
      concat(tag(sendNumber, delimited), [0x02, 0x0a, 0x20], utf8(direct)),
      "bad_frame",
    ),
    binary("field number 0", concat([0x02, 0x00], field(ping, delimited, [])), "bad_frame"),
    binary("an old group", concat(tag(ping, 3), tag(ping, 4)), "bad_frame"),
    binary("wire type 7", concat(tag(ping, 7), [0x00]), "bad_frame"),
    binary("a truncated command", sendFrame().slice(0, -3), "bad_frame"),
    binary("invalid UTF-8 in a string", sendFrame(field(7, delimited, [0xc3, 0x28])), "bad_frame"),
    binary("a surrogate in UTF-8", sendFrame(field(7, delimited, [0xed, 0xa0, 0x80])), "bad_frame"),
    binary("content that is not JSON", sendFrame(field(5, delimited, utf8("{"))), "bad_frame"),
    binary(
      "content nested too deeply",
      sendFrame(field(5, delimited, utf8(JSON.stringify(nested(limits.contentDepthMax + 1))))),
      "bad_frame",
    ),
    binary(
      "content with very many brackets",
      sendFrame(field(5, delimited, utf8("[".repeat(50_000)))),
      "bad_frame",
    ),
    binary("an unknown command", field(500, delimited, [1, 2, 3]), "unknown_command"),
    binary(
      "an event as a command",
      field(frameNumbers.eventFirst, delimited, []),
      "unknown_command",
    ),
    binary("a command of the wrong wire type", concat(tag(ping, varint), [0x01]), "bad_frame"),
    binary(
      "a required field left out",
      field(received, delimited, []),
      "invalid_params",
      "position",
    ),
    binary(
      "a required field of the wrong wire type",
      field(received, delimited, field(1, delimited, [1])),
      "invalid_params",
      "position",
    ),
    binary(
      "content that is a list",
      sendFrame(field(5, delimited, utf8("[]"))),
      "invalid_params",
      "content",
    ),
    binary(
      "content that is empty",
      sendFrame(field(5, delimited, utf8("{}"))),
      "invalid_params",
      "content.text",
    ),
    binary("an unknown enum value", sendFrame(field(4, varint, [99])), "invalid_params", "kind"),
    binary("an unspecified enum value", sendFrame(field(4, varint, [0])), "invalid_params", "kind"),
    binary("the kind system", sendFrame(field(4, varint, [8])), "invalid_params", "kind"),
    binary(
      "too many mentions",
      sendFrame(
        ...Array<Uint8Array>(limits.mentionsMax + 1).fill(field(7, delimited, utf8("bob"))),
      ),
      "invalid_params",
      "mentions",
    ),
    binary(
      "a field twice, of which the last counts",
      sendFrame(field(3, varint, [0])),
      "invalid_params",
      "clientSeq",
    ),
    binary(
      "two commands, of which the last counts",
      concat(field(500, delimited, []), sendFrame(), field(ping, delimited, [])),
      "accepted",
    ),
    binary(
      "an id after the command",
      concat(field(ping, delimited, []), field(frameNumbers.id, varint, [9])),
      "accepted",
    ),
    binary("a plain send", sendFrame(), "accepted"),
    binary(
      "a __proto__ key in content",
      sendFrame(field(5, delimited, utf8('{"text":"a","__proto__":{"admin":true}}'))),
      "accepted",
    ),
    binary(
      "a lone surrogate in content",
      sendFrame(field(5, delimited, utf8('{"text":"\\ud800"}'))),
      "accepted",
    ),
    binary(
      "unknown fields of every wire type",
      sendFrame(
        field(900, varint, [...nines, 0x01]),
        concat(tag(901, wireTypes.fixed64), new Uint8Array(8)),
        field(902, delimited, [1, 2, 3]),
        concat(tag(903, wireTypes.fixed32), new Uint8Array(4)),
      ),
      "accepted",
    ),
  ];
}

function tag(number: number, wireType: number): Uint8Array {
  const writer = new WireWriter(new Uint8Array(16));
  writer.varint(number * 8 + wireType);
  return writer.finish();
}

/** A field with its tag and, if its wire type asks for one, its length. */
function field(number: number, wireType: number, value: ArrayLike<number>): Uint8Array {
  if (wireType !== wireTypes.bytes) return concat(tag(number, wireType), value);
  const writer = new WireWriter(new Uint8Array(16));
  writer.varint(value.length);
  return concat(tag(number, wireType), writer.finish(), value);
}

function concat(...parts: ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
