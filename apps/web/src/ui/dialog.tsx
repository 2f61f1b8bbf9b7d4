import { lazy, Suspense } from "react";
import type { DialogProps } from "./dialog-props.ts";

const loadPanel = () => import("./dialog-panel.tsx");
const DialogPanel = lazy(loadPanel);

/** Loads the code of dialogs ahead of the first. */
export async function preloadDialogs(): Promise<void> {
  await loadPanel();
}

/** A dialog over the page; on narrow screens it comes from below. Its code is loaded when the first opens. */
export function Dialog(props: DialogProps) {
  if (!props.open) return null;
  return (
    <Suspense>
      <DialogPanel {...props} />
    </Suspense>
  );
}
