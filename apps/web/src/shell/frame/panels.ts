/** Which dialog is open. Dialogs are no routes: closing the page's tab closes them, and going back closes them first. */
import { create } from "zustand";

export type Panel =
  | { readonly kind: "newChat" | "newGroup" | "newChannel" | "myLink" | "ownName" | "shortcuts" }
  | { readonly kind: "invite" | "rename" | "addPeople"; readonly conversation: string };

const usePanelStore = create<{ readonly panel: Panel | undefined }>()(() => ({
  panel: undefined,
}));

export function showPanel(panel: Panel): void {
  usePanelStore.setState({ panel });
}

/** Closes this dialog; another one that was opened meanwhile stays. */
export function closePanel(panel: Panel): void {
  if (usePanelStore.getState().panel === panel) usePanelStore.setState({ panel: undefined });
}

export function usePanel(): Panel | undefined {
  return usePanelStore((state) => state.panel);
}

export function panelOpen(): boolean {
  return usePanelStore.getState().panel !== undefined;
}
