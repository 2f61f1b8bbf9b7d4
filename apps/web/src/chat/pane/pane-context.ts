/** What everything inside one conversation pane shares; it changes with the language and little else, so that rows are not drawn anew. */
import { createContext, useContext } from "react";
import type { Translate } from "../../i18n/index.ts";
import type { Format } from "../../i18n/format.ts";
import type { ChatMessage, ChatSummary } from "../../model/index.ts";

export interface PaneContextValue {
  readonly conversation: string;
  readonly kind: ChatSummary["kind"];
  /** Who is signed in. */
  readonly me: string | undefined;
  /** False while the reader may not write here. */
  readonly canWrite: boolean;
  readonly t: Translate;
  readonly format: Format;
  /** Words for the day of a time. */
  readonly dayLabel: (timeMs: number) => string;
  reply(message: ChatMessage): void;
  /** Scrolls to a message, loading what is around it. */
  goTo(seq: number): void;
  showReceipts(message: ChatMessage): void;
}

export const PaneContext = createContext<PaneContextValue | undefined>(undefined);

/** What the pane shares. Throws outside of one. */
export function usePane(): PaneContextValue {
  const pane = useContext(PaneContext);
  if (pane === undefined) throw new Error("This belongs into a conversation pane.");
  return pane;
}
