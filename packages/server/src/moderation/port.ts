import type { ContentKind } from "@godwit/protocol";

export interface Reviewed {
  readonly conversation: string;
  readonly sender: string;
  readonly kind: ContentKind;
  /** The content of the message as JSON text. */
  readonly content: string;
}

/** `replace` carries the content to store instead, as JSON text. */
export type Verdict =
  | { readonly action: "allow" }
  | { readonly action: "reject" }
  | { readonly action: "replace"; readonly content: string };

/**
 * Judges contents before they are accepted. Synchronous: it is a step of every send, so an engine must answer within microseconds; slower judges (classifiers,
 * services) read the event log and act afterwards. The same content gets the same verdict until the engine's configuration changes. Never throws for
 * what a client sent.
 */
export interface Moderator {
  /** One verdict per message, in order. */
  review(batch: readonly Reviewed[]): readonly Verdict[];
  /** Stops timers and watchers. */
  close(): void;
}
