import { cx } from "./class-names.ts";

/** A grey shape where text will be. Size it by classes. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cx("block animate-pulse rounded-md bg-sunken", className)}
    />
  );
}
