/** Where popups hang: an element, or a point of the window (a right click). */
export type Anchor = Element | { readonly x: number; readonly y: number };

/** A rectangle for the placement library: of the element, or an empty one at the point. */
export function anchorOf(anchor: Anchor): Element | { getBoundingClientRect: () => DOMRect } {
  if (anchor instanceof Element) return anchor;
  return { getBoundingClientRect: () => new DOMRect(anchor.x, anchor.y, 0, 0) };
}

/** The look that menus and popovers share; they grow from where they hang. */
export const floatingLook =
  "max-h-(--available-height) origin-(--transform-origin) overflow-y-auto rounded-xl border border-line bg-raised text-ink shadow-lift outline-none " +
  "transition-[transform,opacity] duration-100 data-[ending-style]:opacity-0 data-[starting-style]:scale-95 data-[starting-style]:opacity-0";
