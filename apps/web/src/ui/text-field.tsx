import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from "react";
import { cx } from "./class-names.ts";

export interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  /** The label is for screen readers only; say it in the placeholder. */
  labelHidden?: boolean;
  hint?: ReactNode;
  error?: ReactNode;
  leading?: ReactNode;
  trailing?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

/** One line of input with its label, a hint, and an error that screen readers hear. */
export function TextField({
  label,
  labelHidden = false,
  hint,
  error,
  leading,
  trailing,
  className,
  ...rest
}: TextFieldProps) {
  const id = useId();
  const wrong = error !== undefined && error !== "" && error !== null;
  const note = wrong ? error : hint;
  return (
    <div className={className}>
      <label htmlFor={id} className={labelHidden ? "sr-only" : "mb-1.5 block text-sm font-medium"}>
        {label}
      </label>
      <span
        className={cx(
          "flex h-11 items-center gap-2 rounded-xl border bg-surface px-3 transition-colors",
          "focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent-text",
          wrong ? "border-danger" : "border-field-line",
        )}
      >
        {leading}
        <input
          id={id}
          aria-invalid={wrong || undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          {...rest}
          className="h-full min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-muted"
        />
        {trailing}
      </span>
      <span
        id={`${id}-note`}
        role={wrong ? "alert" : undefined}
        className={cx(
          "mt-1.5 block text-sm empty:hidden",
          wrong ? "text-danger-text" : "text-muted",
        )}
      >
        {note}
      </span>
    </div>
  );
}
