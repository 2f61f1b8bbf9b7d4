import { ArrowDownToLine, ArrowUpToLine, BellDot } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import type { JumpTarget } from "../../model/index.ts";
import { Button } from "../../ui/index.ts";
import { startOfDay } from "../time/days.ts";
import { useToday } from "../time/use-today.ts";
import { usePane } from "./pane-context.ts";

function Entry({ icon, label, onPress }: { icon: ReactNode; label: string; onPress: () => void }) {
  return (
    <button
      type="button"
      className="flex min-h-10 w-full items-center gap-3 rounded-lg px-3 py-2 text-left text-sm hover:bg-hover"
      onClick={onPress}
    >
      <span aria-hidden="true" className="text-muted">
        {icon}
      </span>
      {label}
    </button>
  );
}

/** Places to go to in a conversation: a day, the first message, the first unread one, the newest. */
export default function JumpPanel({ onJump }: { onJump: (target: JumpTarget) => void }) {
  const { t } = usePane();
  const today = useToday();
  const id = useId();
  const [day, setDay] = useState(today);
  const time = startOfDay(day);
  const valid = time !== undefined && day <= today;
  return (
    <>
      <form
        className="flex items-end gap-2 p-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (valid) onJump({ time });
        }}
      >
        <div className="min-w-0 flex-1">
          <label htmlFor={id} className="mb-1 block text-xs font-medium text-muted">
            {t("chat.jump.date")}
          </label>
          <input
            id={id}
            type="date"
            required
            max={today}
            value={day}
            aria-invalid={!valid || undefined}
            className="h-10 w-full rounded-xl border border-field-line bg-surface px-3 text-sm"
            onChange={({ target }) => setDay(target.value)}
          />
        </div>
        <Button type="submit" variant="primary" disabled={!valid}>
          {t("chat.jump.go")}
        </Button>
      </form>
      {!valid && <p className="px-2 pb-2 text-xs text-danger-text">{t("chat.jump.past")}</p>}
      <div className="mt-1 border-t border-line pt-1">
        <Entry
          icon={<BellDot size={17} />}
          label={t("chat.jump.unread")}
          onPress={() => onJump("unread")}
        />
        <Entry
          icon={<ArrowUpToLine size={17} />}
          label={t("chat.jump.first")}
          onPress={() => onJump({ seq: 1 })}
        />
        <Entry
          icon={<ArrowDownToLine size={17} />}
          label={t("chat.jump.newest")}
          onPress={() => onJump("newest")}
        />
      </div>
    </>
  );
}
