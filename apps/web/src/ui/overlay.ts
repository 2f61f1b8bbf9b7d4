/** Where popups hang: an element, or a point of the window (a right click). */
export type Anchor = Element | { readonly x: number; readonly y: number };

/** What the placement library asks for the place. */
export interface Place {
  getBoundingClientRect(): DOMRect;
  /** Whose scrolling moves the popup. */
  readonly contextElement?: Element;
}

/**
 * The rectangle of the element, or an empty one at the point. An element that is taken away was where it was last: the tools beside a message go when the
 * pointer leaves it for their menu, which would jump into the corner of the page just when it is pressed.
 */
export function placeOf(anchor: Anchor): Place {
  if (!(anchor instanceof Element))
    return { getBoundingClientRect: () => new DOMRect(anchor.x, anchor.y, 0, 0) };
  let last = anchor.getBoundingClientRect();
  return {
    contextElement: anchor,
    getBoundingClientRect() {
      if (anchor.isConnected) last = anchor.getBoundingClientRect();
      return last;
    },
  };
}

/** The look that menus and popovers share; they grow from where they hang. */
export const floatingLook =
  "max-h-(--available-height) origin-(--transform-origin) overflow-y-auto rounded-xl border border-line bg-raised text-ink shadow-lift outline-none " +
  "transition-[transform,opacity] duration-100 data-[ending-style]:opacity-0 data-[starting-style]:scale-95 data-[starting-style]:opacity-0";
