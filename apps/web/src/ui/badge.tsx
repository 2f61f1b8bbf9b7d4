import { cx } from "./class-names.ts";

export interface BadgeProps {
  count: number;
  /** Quiet for muted conversations. */
  tone?: "accent" | "quiet";
  /** What screen readers say instead of the number. */
  label?: string;
}

/** A number in a pill; above 999 it says so. Nothing at 0. */
export function Badge({ count, tone = "accent", label }: BadgeProps) {
  if (count <= 0) return null;
  return (
    <span
      className={cx(
        "inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full px-1.5 text-xs leading-none font-semibold tabular-nums",
        tone === "accent" ? "bg-accent text-accent-ink" : "bg-sunken text-muted",
      )}
    >
      <span aria-hidden={label === undefined ? undefined : true}>
        {count > 999 ? "999+" : count}
      </span>
      {label !== undefined && <span className="sr-only">{label}</span>}
    </span>
  );
}
