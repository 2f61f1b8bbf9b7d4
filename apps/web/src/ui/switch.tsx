import { useId, type ReactNode } from "react";
import { cx } from "./class-names.ts";

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

/** A setting that is on or off, with its words to the left; the whole row may be pressed. */
export function Switch({ checked, onChange, label, hint, disabled = false }: SwitchProps) {
  const id = useId();
  return (
    <div className={cx("flex items-center gap-4 py-2.5", disabled && "opacity-60")}>
      <label htmlFor={id} className={cx("min-w-0 flex-1", !disabled && "cursor-pointer")}>
        <span className="block">{label}</span>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="block text-sm text-muted">
            {hint}
          </span>
        )}
      </label>
      <button
        id={id}
        type="button"
        role="switch"
        aria-checked={checked}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        disabled={disabled}
        onClick={() => onChange(!checked)}
        className={cx(
          "relative h-6 w-10 shrink-0 rounded-full transition-colors",
          checked ? "bg-accent" : "bg-field-line",
        )}
      >
        <span
          className={cx(
            "absolute top-1 left-1 size-4 rounded-full bg-surface transition-transform",
            checked && "translate-x-4",
          )}
        />
      </button>
    </div>
  );
}
