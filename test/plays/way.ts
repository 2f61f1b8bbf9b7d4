/** What actors need of a way to the server. */
import type { Codec } from "@godwit/protocol";

/** An actor's end of a connection. */
export interface Wire {
  readonly isOpen: boolean;
  send(data: string | Uint8Array): void;
  close(): void;
  /** Ends the connection without a word to the actor's own side. */
  terminate(): void;
}

/** What a connection tells its actor. */
export interface Ear {
  readonly message: (data: string | Uint8Array) => void;
  readonly closed: (code: number, reason: string) => void;
}

/** Where a server is. */
export interface Place {
  /** Of HTTP. */
  readonly url: string;
  /** Of its listeners, by name. */
  readonly ports: Readonly<Record<string, number>>;
}

export interface Way {
  readonly name: string;
  readonly codec: Codec;
  /** Whether the server hears something from who only listens. */
  readonly listeningBeats: boolean;
  /** Whether anything can be sent, also what is no frame of the codec. */
  readonly takesBytes: boolean;
  /** What opens the server's door for it, where that is not the web's. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Opens a connection to the server. `protocol` is the subprotocol to offer, where there is such a thing. */
  dial(place: Place, protocol: string | undefined, ear: Ear): Promise<Wire>;
}
