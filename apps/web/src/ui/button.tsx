import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "./class-names.ts";
import { Spinner } from "./spinner.tsx";

type Variant = "primary" | "secondary" | "ghost" | "danger" | "danger-quiet";

const variants: Readonly<Record<Variant, string>> = {
  primary: "bg-accent text-accent-ink enabled:hover:bg-accent-strong",
  secondary: "border border-line bg-surface text-ink enabled:hover:bg-hover",
  ghost: "text-accent-text enabled:hover:bg-hover",
  danger: "bg-danger text-danger-ink enabled:hover:bg-danger-strong",
  "danger-quiet": "text-danger-text enabled:hover:bg-danger-soft",
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant;
  size?: "sm" | "md" | "lg";
  /** Shows that the work goes on; presses are ignored meanwhile, and the focus stays. */
  busy?: boolean;
  icon?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

const sizes = {
  sm: "h-8 gap-1.5 rounded-lg px-3 text-sm",
  md: "h-10 gap-2 rounded-xl px-4 text-[0.9375rem]",
  lg: "h-12 gap-2 rounded-xl px-5 text-base",
} as const;

export function Button({
  variant = "secondary",
  size = "md",
  busy = false,
  icon,
  children,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      className={cx(
        "inline-flex items-center justify-center font-medium whitespace-nowrap transition-colors select-none disabled:opacity-50",
        sizes[size],
        variants[variant],
        className,
      )}
    >
      {busy ? <Spinner size={16} /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<
  ButtonHTMLAttributes<HTMLButtonElement>,
  "aria-label"
> {
  /** Read by screen readers, and shown as a tip. */
  label: string;
  icon: ReactNode;
  /** Shown after the label in the tip. */
  keys?: string;
  size?: "sm" | "md";
  tone?: "plain" | "accent";
  /** False where the label is visible beside it anyway. */
  tip?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({
  label,
  icon,
  keys,
  size = "md",
  tone = "plain",
  tip = true,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      data-tip={tip ? (keys === undefined ? label : `${label} · ${keys}`) : undefined}
      {...rest}
      className={cx(
        "inline-flex shrink-0 items-center justify-center rounded-full transition-colors disabled:opacity-40",
        size === "sm" ? "size-8" : "size-10",
        tone === "accent"
          ? "bg-accent text-accent-ink enabled:hover:bg-accent-strong"
          : "text-muted enabled:hover:bg-hover enabled:hover:text-ink aria-expanded:bg-hover aria-pressed:text-accent-text",
        className,
      )}
    >
      {icon}
    </button>
  );
}
