/** Types that make keys and placeholders of texts checkable. */

/** A tree of texts. */
export interface TextTree {
  readonly [key: string]: string | TextTree;
}

/** `seen_one` and `seen_other` are asked for as `seen`. */
type Asked<K extends string> = K extends `${infer Base}_${"one" | "other"}` ? Base : K;

/** Every key of a tree, as a path with dots. */
export type KeyOf<T, Prefix extends string = ""> = {
  [K in keyof T & string]: T[K] extends string
    ? `${Prefix}${Asked<K>}`
    : KeyOf<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** The text at a path; of a plural the general form. */
export type TextAt<T, K extends string> = K extends keyof T
  ? T[K]
  : `${K}_other` extends keyof T
    ? T[`${K}_other` & keyof T]
    : K extends `${infer Head}.${infer Rest}`
      ? Head extends keyof T
        ? TextAt<T[Head], Rest>
        : never
      : never;

/** Names of the placeholders in a text. */
export type PlaceholderOf<S> = S extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | PlaceholderOf<Rest>
  : never;

/** The same keys in a language that has one plural form. */
export type Texts<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string
    ? string
    : Texts<T[K]>;
};
