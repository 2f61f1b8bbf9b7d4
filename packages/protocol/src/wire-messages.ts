/** Encodes and decodes one message of the linked table; `binary.ts` puts the frame around it. */
import { DecodeError } from "./codec.ts";
import { parseJson } from "./json.ts";
import { limits } from "./limits.ts";
import { wireTypes, type WireReader, type WireWriter } from "./wire-bytes.ts";
import type { WireField, WireMessage } from "./wire-types.ts";

type Fields = Record<string, unknown>;

/** @throws TypeError naming the field if a value is not of the field's type: the caller's mistake. */
export function writeMessage(writer: WireWriter, message: WireMessage, fields: Fields): void {
  for (const field of message.fields) {
    const value = fields[field.name];
    if (value === undefined) continue;
    if (field.repeated) {
      if (!Array.isArray(value)) throw wrongType(field);
      for (const item of value) writeField(writer, field, item);
    } else {
      writeField(writer, field, value);
    }
  }
}

function writeField(writer: WireWriter, field: WireField, value: unknown): void {
  if (field.kind === "doubles") {
    writeDoubles(writer, field, value);
    return;
  }
  writer.varint(field.tag);
  switch (field.kind) {
    case "string":
      if (typeof value !== "string") throw wrongType(field);
      writer.string(value);
      break;
    case "uint":
      if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrongType(field);
      writer.varint(value as number);
      break;
    case "bool":
      if (typeof value !== "boolean") throw wrongType(field);
      writer.varint(value ? 1 : 0);
      break;
    case "enum": {
      const index = field.names.indexOf(value as string);
      if (index === -1) throw wrongType(field);
      writer.varint(index + 1);
      break;
    }
    case "json":
      writer.string(JSON.stringify(value));
      break;
    case "message": {
      if (typeof value !== "object" || value === null) throw wrongType(field);
      const start = writer.begin();
      writeMessage(writer, field.message as WireMessage, value as Fields);
      writer.end(start);
    }
  }
}

/** A map is a list of entries with the key as field 1 and the value as field 2. */
function writeDoubles(writer: WireWriter, field: WireField, value: unknown): void {
  if (typeof value !== "object" || value === null) throw wrongType(field);
  for (const [key, number] of Object.entries(value)) {
    if (typeof number !== "number") throw wrongType(field);
    writer.varint(field.tag);
    const start = writer.begin();
    writer.varint(8 + wireTypes.bytes);
    writer.string(key);
    writer.varint(16 + wireTypes.fixed64);
    writer.double(number);
    writer.end(start);
  }
}

function wrongType(field: WireField): TypeError {
  return new TypeError(`${field.name} is not ${field.repeated ? "a list of " : ""}${field.kind}.`);
}

/**
 * Reads a message up to the reader's end into `fields`. Of a field that occurs twice the last counts. Fields that the table
 * does not know, and known ones with another wire type, are skipped.
 * @throws DecodeError
 */
export function readMessage(reader: WireReader, message: WireMessage, fields: Fields): Fields {
  const known = message.fields;
  while (reader.position < reader.end) {
    const tag = reader.varint();
    const field = known[Math.floor(tag / 8) - 1];
    if (field === undefined || field.tag !== tag) {
      skipUnknown(reader, tag);
    } else if (field.repeated) {
      ((fields[field.name] ??= []) as unknown[]).push(readField(reader, field));
    } else if (field.kind === "doubles") {
      readDouble(reader, (fields[field.name] ??= {}) as Record<string, number>);
    } else {
      fields[field.name] = readField(reader, field);
    }
  }
  for (const field of known) {
    if (field.empty !== undefined) fields[field.name] ??= field.empty === "list" ? [] : {};
  }
  return fields;
}

function readField(reader: WireReader, field: WireField): unknown {
  switch (field.kind) {
    case "string":
      return reader.string();
    case "uint":
      return reader.varint();
    case "bool":
      return reader.varint() !== 0;
    case "enum": {
      const number = reader.varint();
      // A value that this table does not know yet stays told apart from an absent one.
      return field.names[number - 1] ?? String(number);
    }
    case "json":
      return parseJson(reader.string(), limits.contentDepthMax);
    default: {
      const end = reader.enter();
      const message = readMessage(reader, field.message as WireMessage, {});
      reader.end = end;
      return message;
    }
  }
}

function readDouble(reader: WireReader, map: Record<string, number>): void {
  let key = "";
  let value = 0;
  const end = reader.enter();
  while (reader.position < reader.end) {
    const tag = reader.varint();
    if (tag === 8 + wireTypes.bytes) key = reader.string();
    else if (tag === 16 + wireTypes.fixed64) value = reader.double();
    else skipUnknown(reader, tag);
  }
  reader.end = end;
  if (key !== "__proto__") map[key] = value;
}

/** @throws DecodeError for field number 0 and for wire types that proto3 does not have. */
export function skipUnknown(reader: WireReader, tag: number): void {
  if (tag < 8 || tag > 0xffff_ffff)
    throw new DecodeError("bad_frame", "A field number is out of range.");
  reader.skip(tag % 8);
}
