import { createContext, useContext } from "react";

/** Which long messages the reader has unfolded; kept while the conversation is open, although rows come and go. */
export interface Folds {
  isOpen(key: string): boolean;
  toggle(key: string, open: boolean): void;
}

export const FoldContext = createContext<Folds | undefined>(undefined);

/** The folds of the list around. Throws outside of one. */
export function useFolds(): Folds {
  const folds = useContext(FoldContext);
  if (folds === undefined) throw new Error("This belongs into a list of messages.");
  return folds;
}
