/** The status that the visitor chose for this browser. The model keeps it, and tells it with every connection. */
export type OwnStatus = "online" | "away" | "invisible";

/** The model's own key (src/model/link/account.ts). */
const storageKey = "godwit.status";

export function keptStatus(): OwnStatus {
  const kept = localStorage.getItem(storageKey);
  return kept === "away" || kept === "invisible" ? kept : "online";
}
