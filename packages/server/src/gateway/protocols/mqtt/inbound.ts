/**
 * What a client publishes at QoS 1 and 2, by packet identifier. A message's client id follows from its session and the packet identifier, so that a PUBLISH that
 * is sent again is the same message to the store, and gets the same place in the log.
 *
 * Packet identifiers come round again. Each time that they do, the session goes on to its next lap: (lap, packet identifier) names one message of a session,
 * and also counts them. The lap is durable before it is used, so that after a crash a repeated PUBLISH still finds the message of before.
 */
import type { Params } from "@godwit/protocol";
import { Remembered } from "./remembered.ts";
import type { Qos } from "./wire/packets.ts";

/** The command that a PUBLISH becomes. Its id is the packet identifier. */
export type SendFrame = Params<"send"> & { type: "send"; id: number };

/** One packet identifier in use, or not long ago if its message expires. */
export interface Use {
  readonly packetId: number;
  readonly qos: Qos;
  readonly clientSeq: number;
  /** True if it came as a repetition of something that is not remembered here, or was acknowledged: the lap is a guess. */
  readonly guessed: boolean;
  /** Which connection it was handed to the pipeline by. */
  connection: object;
  /** `received`: stored; a QoS 2 packet identifier is not released yet. `done`: acknowledged, kept in case the acknowledgement is lost. */
  state: "pending" | "received" | "done";
  /** What the pipeline is working on, until it has answered. */
  sent: SendFrame | undefined;
  /** The acknowledgement that waits for those before it. */
  answer: Uint8Array | undefined;
  /** When the message expires, of one that does: counted from its first PUBLISH, so that a repetition says the same. */
  expiresAt: number | undefined;
}

/** What names a message that was acknowledged. */
export type Named = Pick<Use, "packetId" | "clientSeq" | "expiresAt">;

/** Acknowledged ones whose message expires: as many as a client may have under way, as shipped. */
const expiringMax = 256;
/** Lap and packet identifier are 48 bits together: the last group of a UUID. */
const lapsMax = 2 ** 31;

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function prefixOf(epoch: string, lap: number): string {
  return epoch + lap.toString(16).padStart(8, "0");
}

export class Inbound {
  readonly epoch: string;
  #lap: number;
  /** What the client ids of this lap begin with. */
  #prefix: string;
  /** The newest packet identifier of the lap. */
  #last: number;
  #uses: Map<number, Use> | undefined;
  #remembered: Remembered | undefined;

  /** `epoch` is the beginning of a UUID of version 4, 24 characters; `lap` the one to begin behind. */
  constructor(epoch: string, lap: number) {
    this.epoch = epoch;
    this.#lap = lap;
    this.#prefix = prefixOf(epoch, lap);
    this.#last = 0xffff;
  }

  get lap(): number {
    return this.#lap;
  }

  /** The message that is under way with this packet identifier. */
  find(packetId: number): Use | undefined {
    const use = this.#uses?.get(packetId);
    return use?.state === "done" ? undefined : use;
  }

  /** The newest message that was acknowledged under this packet identifier, if that is not long ago. */
  acknowledged(packetId: number): Named | undefined {
    const use = this.#uses?.get(packetId);
    if (use?.state === "done") return use;
    const lap = this.#remembered?.lapOf(packetId);
    return lap === undefined
      ? undefined
      : { packetId, clientSeq: lap * 65_536 + packetId, expiresAt: undefined };
  }

  /** Whether a new message with this packet identifier begins the next lap. */
  laps(packetId: number): boolean {
    return packetId <= this.#last;
  }

  /** Begins the next lap. */
  turn(): void {
    this.#lap = (this.#lap + 1) % lapsMax;
    this.#prefix = prefixOf(this.epoch, this.#lap);
    this.#last = 0;
  }

  /** A packet identifier that is used for a new message; `laps` was asked before. `guessed`: it is a repetition of one that is not remembered. */
  begin(packetId: number, qos: Qos, connection: object, guessed: boolean): Use {
    if (!guessed || packetId > this.#last) this.#last = packetId;
    const clientSeq = this.#lap * 65_536 + packetId;
    return this.#remember({
      packetId,
      qos,
      clientSeq,
      guessed,
      connection,
      state: "pending",
      sent: undefined,
      answer: undefined,
      expiresAt: undefined,
    });
  }

  /** As `begin`, for what seems to be the message of an acknowledged use once more. */
  repeat({ packetId, clientSeq, expiresAt }: Named, qos: Qos, connection: object): Use {
    return this.#remember({
      packetId,
      qos,
      clientSeq,
      guessed: true,
      connection,
      state: "pending",
      sent: undefined,
      answer: undefined,
      expiresAt,
    });
  }

  #remember(use: Use): Use {
    const { packetId } = use;
    const uses = (this.#uses ??= new Map<number, Use>());
    uses.delete(packetId);
    uses.set(packetId, use);
    if (uses.size > expiringMax) this.#forgetOldest(uses);
    return use;
  }

  /** It is acknowledged, and the packet identifier free: all that is kept is what names the message. */
  acknowledge(use: Use): void {
    use.state = "done";
    if (use.expiresAt !== undefined) return;
    const { packetId, clientSeq } = use;
    if (this.#uses?.get(packetId) === use) this.#uses.delete(packetId);
    (this.#remembered ??= new Remembered()).add(packetId, Math.floor(clientSeq / 65_536));
  }

  /** Takes a packet identifier out of use: it was refused, or (QoS 2) released. */
  end(packetId: number): boolean {
    this.#remembered?.forget(packetId);
    return this.#uses?.delete(packetId) ?? false;
  }

  /** RFC 9562 UUID of version 4 in form: random once per session, then counting. */
  clientId(clientSeq: number): string {
    const lap = Math.floor(clientSeq / 65_536);
    const prefix = lap === this.#lap ? this.#prefix : prefixOf(this.epoch, lap);
    return `${prefix}${hexBytes[(clientSeq >>> 8) & 255]}${hexBytes[clientSeq & 255]}`;
  }

  /** Those under way are at most as many as the server's receive maximum, so there is one to forget soon. */
  #forgetOldest(uses: Map<number, Use>): void {
    for (const [packetId, use] of uses) {
      if (use.state !== "done") continue;
      uses.delete(packetId);
      return;
    }
  }
}
