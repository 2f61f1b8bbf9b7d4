/** What is generated is fresh, its numbers are the locked ones, and `godwit.proto` describes the bytes that the codec makes. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { changedNumbers, protoNumbers } from "../scripts/lock.ts";
import { lockFile, outputs } from "../scripts/outputs.ts";
import { binaryCodec } from "./binary.ts";
import { commandCases, serverCases } from "./cases.ts";
import type { RawFrame } from "./codec.ts";

const committed = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const proto = committed("godwit.proto");
const { root } = protobuf.parse(proto);
const clientFrame = root.lookupType("godwit.v1.ClientFrame");
const serverFrame = root.lookupType("godwit.v1.ServerFrame");

describe("generated files", () => {
  test.each([...outputs().files.keys()])(
    "%s is what the schemas generate (else run scripts/generate.ts)",
    (path) => {
      expect(committed(path)).toBe(outputs().files.get(path) as string);
    },
  );

  test("every locked number is still in godwit.proto, and every number there is locked", () => {
    const locked = JSON.parse(committed(lockFile)) as Record<string, number>;
    expect(changedNumbers(locked, protoNumbers(proto))).toEqual([]);
    expect(protoNumbers(proto)).toEqual(locked);
  });

  test("a moved, renamed, retyped or removed number is noticed", () => {
    const locked = protoNumbers(proto);
    const changes: readonly [string, string][] = [
      ["optional uint64 client_seq = 3;", "optional uint64 client_seq = 99;"],
      ["optional uint64 client_seq = 3;", "optional string client_seq = 3;"],
      ["optional uint64 client_seq = 3;", ""],
      ["SendParams send = 23;", "SendParams send = 98;"],
      ["CONTENT_KIND_TEXT = 1;", "CONTENT_KIND_TEXT = 97;"],
      ["MessageEvent message_event = 512;", "MessageEvent note_event = 512;"],
    ];
    for (const [from, to] of changes) {
      expect(proto).toContain(from);
      expect(changedNumbers(locked, protoNumbers(proto.replace(from, to)))).not.toEqual([]);
    }
    expect(
      changedNumbers(
        locked,
        protoNumbers(proto.replace("message ByeParams {}", "message ByeParams { string a = 1; }")),
      ),
    ).toEqual([]);
  });

  test("field names turn back into those of the schemas", () => {
    expect(Object.keys(root.lookupType("godwit.v1.SendParams").fields)).toContain("clientSeq");
  });
});

describe("protobufjs reads what the codec writes, and the other way round", () => {
  test.each([...commandCases])("command: $name", ({ frame }) => {
    expectAgreement(
      clientFrame,
      frame,
      binaryCodec.encodeCommand(frame),
      binaryCodec.decodeCommand,
    );
  });

  test.each([...serverCases])("from the server: $name", ({ frame }) => {
    expectAgreement(serverFrame, frame, binaryCodec.encodeServer(frame), binaryCodec.decodeServer);
  });
});

type Fields = Record<string, unknown>;

function expectAgreement(
  type: protobuf.Type,
  frame: object,
  data: string | Uint8Array,
  decode: (data: Uint8Array) => object,
): void {
  const options = { longs: Number, enums: String, arrays: false };
  const object = type.toObject(type.decode(data as Uint8Array), options);
  expect(fromProto(type, object)).toStrictEqual(frame as RawFrame);
  const encoded = type.encode(type.fromObject(object)).finish();
  expect(decode(encoded)).toStrictEqual(frame);
}

/** The frame that an object of protobufjs stands for. */
function fromProto(type: protobuf.Type, object: Fields): Fields {
  const { id, ...bodies } = object;
  const [[name, body]] = Object.entries(bodies) as [[string, Fields]];
  const field = type.fields[name] as protobuf.Field;
  const frameType = field.name
    .replace(/(Reply|Event)$/, "")
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return {
    type: frameType,
    ...(id === undefined ? {} : { id }),
    ...fields(field.resolvedType as protobuf.Type, body),
  };
}

function fields(type: protobuf.Type, object: Fields): Fields {
  const present: Fields = {};
  for (const field of type.fieldsArray) {
    const value = object[field.name];
    const isList = field.repeated && !isOptionalList(type.name, field.name);
    if (value !== undefined)
      present[field.name] = Array.isArray(value)
        ? value.map((item) => plain(field, item))
        : plain(field, value);
    else if (isList) present[field.name] = [];
  }
  return present;
}

/** Lists that a frame may leave out; protobuf itself does not know the difference. */
function isOptionalList(message: string, field: string): boolean {
  return [
    "SendParams.mentions",
    "Message.mentions",
    "Conversation.cursors",
    "SyncParams.cursors",
    "SyncResult.gone",
    "CreateParams.members",
    "UsersParams.ids",
  ].includes(`${message}.${field}`);
}

function plain(field: protobuf.Field, value: unknown): unknown {
  field.resolve();
  if (field instanceof protobuf.MapField) return value;
  if (field.name === "content") return JSON.parse(value as string);
  if (field.resolvedType instanceof protobuf.Type)
    return fields(field.resolvedType, value as Fields);
  if (field.resolvedType instanceof protobuf.Enum) {
    const prefix = `${field.resolvedType.name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase()}_`;
    return (value as string).slice(prefix.length).toLowerCase();
  }
  return value;
}
