import { cx } from "../../ui/index.ts";

export interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
}

export interface ChoiceRowProps<V extends string> {
  label: string;
  name: string;
  value: V;
  choices: readonly Choice<V>[];
  onChange: (value: V) => void;
  disabled?: boolean;
}

/** One of a few: radio buttons that look like one bar, moved by arrow keys. */
export function ChoiceRow<V extends string>(props: ChoiceRowProps<V>) {
  const { label, name, value, choices, onChange, disabled = false } = props;
  return (
    <fieldset disabled={disabled} className="py-2.5">
      <legend className="sr-only">{label}</legend>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <span aria-hidden="true">{label}</span>
        <div className="flex flex-wrap rounded-xl bg-sunken p-1">
          {choices.map((choice) => (
            <label
              key={choice.value}
              className={cx(
                "flex min-h-8 cursor-pointer items-center rounded-lg px-3 py-1 text-sm",
                "has-checked:bg-accent has-checked:font-medium has-checked:text-accent-ink",
                "has-focus-visible:outline-2 has-focus-visible:outline-accent-text",
              )}
            >
              <input
                type="radio"
                className="sr-only"
                name={name}
                checked={choice.value === value}
                onChange={() => onChange(choice.value)}
              />
              {choice.label}
            </label>
          ))}
        </div>
      </div>
    </fieldset>
  );
}
