import { Megaphone, Users } from "lucide-react";
import { avatarColor, initials } from "./avatar-looks.ts";
import { cx } from "./class-names.ts";

export interface AvatarProps {
  /** Decides the colour. */
  id: string;
  name: string;
  /** Pixels. */
  size?: number;
  kind?: "direct" | "group" | "channel";
  /** Shows a dot; offline shows none. */
  status?: "online" | "away" | "offline" | undefined;
  className?: string;
}

/** A round picture of a person or group. Decoration: the name stands beside it. */
export function Avatar({ id, name, size = 40, kind = "direct", status, className }: AvatarProps) {
  const [ground, letters] = avatarColor(id);
  const text = initials(name);
  const mark = Math.max(18, Math.round(size * 0.32));
  const dot = Math.max(8, Math.round(size * 0.26));
  return (
    <span
      aria-hidden="true"
      className={cx("relative inline-block shrink-0 select-none", className)}
      style={{ width: size, height: size }}
    >
      <span
        className={cx(
          "flex size-full items-center justify-center overflow-hidden font-semibold leading-none",
          kind === "direct" ? "rounded-full" : "rounded-[30%]",
        )}
        style={{ background: ground, color: letters, fontSize: Math.round(size * 0.38) }}
      >
        {text}
      </span>
      {kind !== "direct" && size >= 36 && (
        <span
          className="absolute -right-0.5 -bottom-0.5 flex items-center justify-center rounded-full bg-surface text-muted"
          style={{ width: mark, height: mark }}
        >
          {kind === "channel" ? <Megaphone size={mark * 0.6} /> : <Users size={mark * 0.6} />}
        </span>
      )}
      {(status === "online" || status === "away") && (
        <span
          className={cx(
            "absolute right-0 bottom-0 rounded-full border-2 border-surface",
            status === "online" ? "bg-online" : "bg-away",
          )}
          style={{ width: dot, height: dot }}
        />
      )}
    </span>
  );
}
