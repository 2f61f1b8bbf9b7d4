/** The status that the visitor chose; it holds for this browser and is told anew with every connection. */
export type OwnStatus = "online" | "away" | "invisible";

const storageKey = "godwit.status";

export function keptStatus(): OwnStatus {
  const kept = localStorage.getItem(storageKey);
  return kept === "away" || kept === "invisible" ? kept : "online";
}

export function keepStatus(status: OwnStatus): void {
  if (status === "online") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, status);
}
