/** Binary TCP: frames, channels and their flow control, the same at both ends. docs/protocols/tcp.md is its specification. */
export {
  compressionsOf,
  dictionaryOf,
  PayloadCoder,
  type Agreed,
  type Zlib,
} from "./compression.ts";
export { dictionaryVersion } from "./dictionary.ts";
export { costOf, tcpLimits } from "./bounds.ts";
export {
  controlNumbers,
  decodeControl,
  encodeControl,
  type Compression,
  type Control,
  type LinkHello,
  type LinkWelcome,
} from "./control.ts";
export {
  encodeFrame,
  frameFlags,
  frameVersion,
  readHeader,
  VersionError,
  type Header,
} from "./header.ts";
export { Inflow } from "./inflow.ts";
export { FairOutbox, Lane, type Payload } from "./outbox.ts";
export { FrameReader, type FrameSink } from "./reader.ts";
