/** Where a reader was in a conversation, so that coming back means being there again. */

/** A message at a distance below the top edge of the list. */
export interface Place {
  readonly key: string;
  readonly seq: number | undefined;
  /** Pixels from the top edge of the list to the top of the row; negative if the row begins above. */
  readonly offset: number;
  /** Heights of rows in pixels, as measured then: with them the place is found before anything is drawn. */
  readonly heights: ReadonlyMap<string, number>;
}

/** What the list says about a row: its place within the scrolled content, in pixels. */
export interface RowBox {
  readonly key: string;
  readonly start: number;
  readonly size: number;
}

/** The row to hold on to: the first one that begins within the viewport, else the one that covers it. */
export function anchorRow(boxes: readonly RowBox[], scrollTop: number): RowBox | undefined {
  let covering: RowBox | undefined;
  for (const box of boxes) {
    if (box.start >= scrollTop) return box;
    if (box.start + box.size > scrollTop) covering = box;
  }
  return covering ?? boxes.at(-1);
}

/**
 * Where to scroll so that a row stands where it stood. `heights` are those of the rows from the first on, `before` is the space above
 * the first. The browser clamps what lies beyond the ends.
 */
export function scrollTopFor(
  place: Pick<Place, "key" | "offset">,
  keys: readonly string[],
  heightOf: (index: number) => number,
  before: number,
): number | undefined {
  const at = keys.indexOf(place.key);
  if (at === -1) return undefined;
  let start = before;
  for (let index = 0; index < at; index++) start += heightOf(index);
  return Math.max(0, start - place.offset);
}

/** The places of the conversations visited last; beyond the bound the one left longest ago is forgotten. */
export class Places {
  readonly #places = new Map<string, Place>();
  readonly #keptMax: number;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  get(conversation: string): Place | undefined {
    return this.#places.get(conversation);
  }

  /** Keeps a place; undefined means the newest message, which needs none. */
  set(conversation: string, place: Place | undefined): void {
    this.#places.delete(conversation);
    if (place === undefined) return;
    this.#places.set(conversation, place);
    const [oldest] = this.#places.keys();
    if (this.#places.size > this.#keptMax && oldest !== undefined) this.#places.delete(oldest);
  }
}
