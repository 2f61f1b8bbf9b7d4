import { DecodeError, type Codec, type RawFrame } from "./codec.ts";
import type { ServerFrame } from "./frames.ts";
import { commandOrder, enums, eventOrder, messages } from "./generated/wire.ts";
import { limits } from "./limits.ts";
import { WireReader, wireTypes, WireWriter } from "./wire-bytes.ts";
import { readMessage, skipUnknown, writeMessage } from "./wire-messages.ts";
import { frameNumbers, linkMessages, pascalCase, type WireMessage } from "./wire-types.ts";

/** What one field of `ClientFrame` or `ServerFrame` stands for. */
interface Body {
  readonly type: string;
  readonly tag: number;
  readonly message: WireMessage;
}

type Frame = { type: string; id?: number };

/** Frames longer than this take memory of their own. */
const scratchBytes = 16_384;
/** Below this, `ClientFrame` and `ServerFrame` may get further fields about the frame. */
const bodyTagFirst = frameNumbers.commandFirst * 8;
const idTag = frameNumbers.id * 8 + wireTypes.varint;

/** The codec of `godwit.proto`: `ClientFrame` one way, `ServerFrame` the other. */
export const binaryCodec: Codec = createBinaryCodec();

function createBinaryCodec(): Codec {
  const linked = linkMessages(messages, enums);
  const body = (type: string, name: string, number: number): Body => ({
    type,
    tag: number * 8 + wireTypes.bytes,
    message: linked.get(name) as WireMessage,
  });
  const commandBodies = commandOrder.map((type, index) =>
    body(type, `${pascalCase(type)}Params`, frameNumbers.commandFirst + index),
  );
  const replyBodies = commandOrder.map((type, index) =>
    body(type, `${pascalCase(type)}Result`, frameNumbers.commandFirst + index),
  );
  const eventBodies = eventOrder.map((type, index) =>
    body(type, `${pascalCase(type)}Event`, frameNumbers.eventFirst + index),
  );
  const errorBody = body("error", "Error", frameNumbers.error);

  const commandByType = new Map(commandBodies.map((entry) => [entry.type, entry]));
  const replyByType = new Map([errorBody, ...replyBodies].map((entry) => [entry.type, entry]));
  const eventByType = new Map([errorBody, ...eventBodies].map((entry) => [entry.type, entry]));
  const commandByTag = byTag(commandBodies);
  const serverByTag = byTag([errorBody, ...replyBodies, ...eventBodies]);

  // Memory that every encoding begins in; nothing in it outlives the call, since `finish` copies.
  const scratch = new Uint8Array(scratchBytes);
  const encode = (entry: Body | undefined, frame: Frame): Uint8Array => {
    if (entry === undefined) throw new TypeError(`There is no frame of type ${frame.type}.`);
    return encodeFrame(new WireWriter(scratch), entry, frame);
  };

  return {
    name: "binary",
    subprotocol: "godwit.bin.v1",
    encodeCommand: (frame) => encode(commandByType.get(frame.type), frame),
    decodeCommand: (data) => decodeFrame(data, commandByTag),
    encodeServer: (frame) =>
      encode(
        ("id" in frame && frame.id !== undefined ? replyByType : eventByType).get(frame.type),
        frame,
      ),
    decodeServer: (data) => decodeFrame(data, serverByTag) as unknown as ServerFrame,
  };
}

function byTag(bodies: readonly Body[]): ReadonlyMap<number, Body> {
  return new Map(bodies.map((entry) => [entry.tag, entry]));
}

function encodeFrame(writer: WireWriter, entry: Body, frame: Frame): Uint8Array {
  if (frame.id !== undefined) {
    if (!Number.isSafeInteger(frame.id) || frame.id < 0) throw new TypeError("id is not uint.");
    writer.varint(idTag);
    writer.varint(frame.id);
  }
  writer.varint(entry.tag);
  const start = writer.begin();
  writeMessage(writer, entry.message, frame);
  writer.end(start);
  return writer.finish();
}

/**
 * Of several bodies the last counts, as in a protobuf `oneof`. A body that the table does not know is named by its number (`#77`),
 * so that a server can answer `unknown_command` and a client can ignore a newer event.
 */
function decodeFrame(data: string | Uint8Array, bodies: ReadonlyMap<number, Body>): RawFrame {
  if (typeof data === "string")
    throw new DecodeError("bad_frame", "The binary codec takes binary frames.");
  if (data.length > limits.frameBytesMax) {
    throw new DecodeError("frame_too_large", `A frame may have ${limits.frameBytesMax} bytes.`);
  }
  const reader = new WireReader(data);
  let id: number | undefined;
  let entry: Body | undefined;
  let unknown = 0;
  let start = 0;
  let end = 0;
  while (reader.position < data.length) {
    const tag = reader.varint();
    const known = bodies.get(tag);
    if (tag === idTag) {
      id = reader.varint();
    } else if (known !== undefined) {
      entry = known;
      end = reader.delimited();
      start = reader.position;
      reader.position = end;
    } else {
      skipUnknown(reader, tag);
      if (tag % 8 === wireTypes.bytes && tag >= bodyTagFirst) unknown = Math.floor(tag / 8);
    }
  }
  if (entry === undefined && unknown === 0)
    throw new DecodeError("bad_frame", "The frame is empty.");
  const frame: RawFrame = { type: entry?.type ?? `#${unknown}` };
  if (id !== undefined) frame.id = id;
  if (entry !== undefined) {
    reader.position = start;
    reader.end = end;
    readMessage(reader, entry.message, frame);
  }
  return frame;
}
