import type { SendState } from "../../model/index.ts";
import { cx } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { stateIcons } from "./state-icons.ts";

/** How far an own message has come. */
export function Ticks({ state }: { state: SendState }) {
  const { t } = usePane();
  const Icon = stateIcons[state];
  const label = t(`chat.state.${state}`);
  return (
    <span
      role="img"
      aria-label={label}
      data-state={state}
      title={label}
      className={cx(
        "inline-flex shrink-0",
        state === "read" && "text-accent",
        state === "failed" && "text-danger-text",
        state !== "read" && state !== "failed" && "opacity-75",
      )}
    >
      <Icon
        size={state === "queued" || state === "failed" ? 13 : 15}
        strokeWidth={state === "read" ? 2.75 : 2}
      />
    </span>
  );
}
