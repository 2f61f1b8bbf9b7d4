import zlib from "node:zlib";
import { jsonCodec, type Codec } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import {
  compressionsOf,
  dictionaryOf,
  dictionaryVersion,
  PayloadCoder,
  type Compression,
  type LinkHello,
} from "@godwit/protocol/tcp";
import type { Clock } from "../../../lib/clock.ts";
import { Wheel } from "../../../lib/wheel.ts";
import type { Admission } from "../../listeners/admission.ts";
import type { Stream, StreamHandler, StreamProtocol } from "../stream.ts";
import { Link, type LinkLimits, type LinkShared, type Terms } from "./link.ts";

const deadlineTickMs = 500;
const codecs = { json: jsonCodec, binary: binaryCodec };

/** The native protocol on channels of TCP connections. */
export class BinProtocol implements StreamProtocol {
  readonly #shared: LinkShared;
  readonly #limits: LinkLimits;
  readonly #compression: boolean;
  /** By what was agreed on, so that a broadcast is compressed once for all who agreed on the same. */
  readonly #terms = new Map<string, Terms>();
  #dirty: Link[] = [];

  constructor(deps: {
    readonly limits: LinkLimits;
    readonly compression: boolean;
    readonly native: LinkShared["native"];
    readonly admission: Admission;
    readonly clock: Clock;
  }) {
    const { limits, native, admission, clock } = deps;
    this.#limits = limits;
    this.#compression = deps.compression;
    this.#shared = {
      native,
      admission,
      limits,
      monotonic: () => clock.monotonic(),
      deadlines: new Wheel(clock, deadlineTickMs, (channel) => channel.due()),
      agree: (hello) => this.#agree(hello),
      pumpLater: (link) => this.#pumpLater(link),
    };
  }

  open(stream: Stream): StreamHandler {
    return new Link(this.#shared, stream);
  }

  #agree({ codec, compression = [], dictionary }: LinkHello): Terms {
    const known: readonly string[] = this.#compression ? compressionsOf(zlib) : [];
    const chosen = compression.find((name) => known.includes(name)) as Compression | undefined;
    const version = dictionary === dictionaryVersion ? dictionaryVersion : 0;
    const key = `${codec} ${chosen} ${version}`;
    let terms = this.#terms.get(key);
    if (terms === undefined) {
      terms = this.#termsOf(codec, chosen, version);
      this.#terms.set(key, terms);
    }
    return terms;
  }

  #termsOf(codec: Codec["name"], compression: Compression | undefined, version: number): Terms {
    const dictionary = version === 0 ? undefined : dictionaryOf(codec);
    return {
      codec: codecs[codec],
      coder:
        compression === undefined
          ? new PayloadCoder()
          : new PayloadCoder({ codec, compression, dictionary }, zlib),
      welcome: {
        op: "welcome",
        windowBytes: this.#limits.windowBytesMax,
        channelsMax: this.#limits.channelsMax,
        ...(compression === undefined ? {} : { compression, dictionary: version }),
      },
    };
  }

  #pumpLater(link: Link): void {
    if (link.scheduled) return;
    link.scheduled = true;
    if (this.#dirty.push(link) === 1) queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const link of dirty) {
      link.scheduled = false;
      link.pump();
    }
  }
}
