import { limits } from "../limits.ts";
import type { HostileCase, Outcome } from "./hostile.ts";
import { direct, nested, send, utf8 } from "./samples.ts";

/** Text that is broken, malicious or merely odd. */
export function hostileJson(): HostileCase[] {
  const text = JSON.stringify(send);
  const json = (
    name: string,
    data: string | Uint8Array,
    outcome: Outcome,
    field?: string,
  ): HostileCase => ({
    name: `JSON: ${name}`,
    codec: "json",
    data,
    outcome,
    ...(field === undefined ? {} : { field }),
  });
  const withFields = (fields: string) => `${text.slice(0, -1)},${fields}}`;
  return [
    json("nothing", "", "bad_frame"),
    json("no bytes", new Uint8Array(0), "bad_frame"),
    json("a space", " ", "bad_frame"),
    json("null", "null", "bad_frame"),
    json("a number", "7", "bad_frame"),
    json("a string", '"send"', "bad_frame"),
    json("an array", `[${text}]`, "bad_frame"),
    json("an empty object", "{}", "bad_frame"),
    json("an object without type", '{"id":1}', "bad_frame"),
    json("a type that is null", '{"type":null}', "bad_frame"),
    json("a type that is an object", '{"type":{"toString":"send"}}', "bad_frame"),
    json("an id that is a string", '{"type":"ping","id":"1"}', "bad_frame"),
    json("an id that is null", '{"type":"ping","id":null}', "bad_frame"),
    json("a negative id", '{"type":"ping","id":-1}', "bad_frame"),
    json("a fractional id", '{"type":"ping","id":1.5}', "bad_frame"),
    json("an id beyond 2^53 - 1", '{"type":"ping","id":9007199254740992}', "bad_frame"),
    json("an infinite id", '{"type":"ping","id":1e999}', "bad_frame"),
    json("half a frame", text.slice(0, text.length / 2), "bad_frame"),
    json("two frames", text + text, "bad_frame"),
    json("single quotes", "{'type':'ping'}", "bad_frame"),
    json("NaN", '{"type":"received","position":NaN}', "bad_frame"),
    json("a byte order mark", `\ufeff${text}`, "bad_frame"),
    json(
      "invalid UTF-8",
      Uint8Array.of(...utf8('{"type":"ping","x":"'), 0xc3, 0x28, ...utf8('"}')),
      "bad_frame",
    ),
    json(
      "overlong UTF-8",
      Uint8Array.of(...utf8('{"type":"ping","x":"'), 0xc0, 0xaf, ...utf8('"}')),
      "bad_frame",
    ),
    json(
      "a surrogate in UTF-8",
      Uint8Array.of(...utf8('{"type":"ping","x":"'), 0xed, 0xa0, 0x80, ...utf8('"}')),
      "bad_frame",
    ),
    json(
      "a frame beyond the limit",
      JSON.stringify({ type: "ping", pad: "x".repeat(limits.frameBytesMax) }),
      "frame_too_large",
    ),
    json("very many open brackets", "[".repeat(limits.frameBytesMax), "bad_frame"),
    json(
      "a field nested very deeply",
      `{"type":"ping","x":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      "bad_frame",
    ),
    json(
      "content nested one level too deeply",
      JSON.stringify({ ...send, content: nested(limits.contentDepthMax + 1) }),
      "bad_frame",
    ),
    json("an empty type", '{"type":""}', "unknown_command"),
    json("an unknown command", '{"type":"frobnicate","id":1}', "unknown_command"),
    json("a command of another case", '{"type":"PING","id":1}', "unknown_command"),
    json("the command __proto__", '{"type":"__proto__","id":1}', "unknown_command"),
    json("the command constructor", '{"type":"constructor","id":1}', "unknown_command"),
    json("the command toString", '{"type":"toString","id":1}', "unknown_command"),
    json("the command hasOwnProperty", '{"type":"hasOwnProperty","id":1}', "unknown_command"),
    json("an event as a command", '{"type":"token_expiring","expiresAt":1}', "unknown_command"),
    json("an error as a command", '{"type":"error","code":4000}', "unknown_command"),
    json("a __proto__ key", withFields('"__proto__":{"admin":true}'), "accepted"),
    json("an escaped __proto__ key", withFields('"\\u005f_proto__":{"admin":true}'), "accepted"),
    json(
      "a __proto__ key in content",
      `${text.slice(0, -2)},"__proto__":{"admin":true}}}`,
      "accepted",
    ),
    json("a constructor key", withFields('"constructor":{"prototype":{"admin":true}}'), "accepted"),
    json(
      "a __proto__ that hides a missing field",
      '{"type":"received","id":1,"__proto__":{"position":1}}',
      "invalid_params",
      "position",
    ),
    json("unknown fields", withFields('"shoeSize":46,"nested":{"a":[1]}'), "accepted"),
    json(
      "a duplicate key, of which the last counts",
      withFields('"clientSeq":0'),
      "invalid_params",
      "clientSeq",
    ),
    json("a duplicate type", '{"type":"bye","type":"ping"}', "accepted"),
    json("a lone surrogate in text", text.replace("hello", "\\ud800"), "accepted"),
    json(
      "a lone surrogate in a user id",
      withFields('"mentions":["\\udfff"]'),
      "invalid_params",
      "mentions.0",
    ),
    json("a NUL in text", text.replace("hello", "\\u0000"), "accepted"),
    json(
      "a NUL in an id",
      text.replace(direct, "d:alice\\u0000:bob"),
      "invalid_params",
      "conversation",
    ),
    json("white space", ` \n\t${JSON.stringify(send, undefined, 2)}\r\n`, "accepted"),
  ];
}
